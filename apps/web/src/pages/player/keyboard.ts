/** What a key does to the player. */
export type Command =
  | { do: 'toggle-play' | 'toggle-mute' | 'toggle-fullscreen' }
  | { do: 'toggle-captions' }
  | { do: 'skip'; seconds: number }
  | { do: 'volume'; by: number }
  | { do: 'seek'; share: number }
  | { do: 'speed'; by: 1 | -1 }

type Key = { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean }

const commands: Record<string, Command> = {
  ' ': { do: 'toggle-play' },
  k: { do: 'toggle-play' },
  m: { do: 'toggle-mute' },
  f: { do: 'toggle-fullscreen' },
  c: { do: 'toggle-captions' },
  j: { do: 'skip', seconds: -10 },
  l: { do: 'skip', seconds: 10 },
  arrowleft: { do: 'skip', seconds: -5 },
  arrowright: { do: 'skip', seconds: 5 },
  arrowup: { do: 'volume', by: 0.1 },
  arrowdown: { do: 'volume', by: -0.1 },
  home: { do: 'seek', share: 0 },
  '>': { do: 'speed', by: 1 },
  '<': { do: 'speed', by: -1 },
}

/** The keys that players share, by and large. Combinations with Ctrl, Alt or Command belong to the browser. */
export function commandOf({ key, ctrlKey, metaKey, altKey }: Key): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined
  if (/^[0-9]$/.test(key)) return { do: 'seek', share: Number(key) / 10 }
  return commands[key.toLowerCase()]
}

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2] as const

export function nextSpeed(rate: number, by: 1 | -1): number {
  const faster = SPEEDS.find((speed) => speed > rate)
  const slower = SPEEDS.findLast((speed) => speed < rate)
  return (by === 1 ? faster : slower) ?? rate
}
