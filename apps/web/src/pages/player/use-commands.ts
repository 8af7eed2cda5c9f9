import { useEffect, useEffectEvent, type RefObject } from 'react'
import { commandOf, nextSpeed, type Command } from './keyboard.ts'
import { isTaken } from './typing.ts'

type Elements = { video: RefObject<HTMLVideoElement | null>; frame: RefObject<HTMLDivElement | null> }
type Actions = { onToggleCaptions: () => void }
export type Commands = (command: Command) => void

const clamp = (value: number, most: number) => Math.min(Math.max(value, 0), most)

/** What the buttons and the keys of the player do; keys work anywhere on the page where nothing else wants them. */
export function useCommands({ video, frame, onToggleCaptions }: Elements & Actions): Commands {
  const run: Commands = (command) => {
    if (command.do === 'toggle-captions') onToggleCaptions()
    else if (video.current !== null) obey(command, video.current, frame.current)
  }
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const command = isTaken(event) ? undefined : commandOf(event)
    if (command === undefined) return
    event.preventDefault()
    run(command)
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
  return run
}

function obey(
  command: Exclude<Command, { do: 'toggle-captions' }>,
  media: HTMLVideoElement,
  frame: HTMLElement | null,
) {
  switch (command.do) {
    case 'toggle-play':
      if (!media.paused) return media.pause()
      // The browser may want a click first; the big play button is still there.
      media.play().catch(() => undefined)
      return
    case 'toggle-mute':
      media.muted = !media.muted
      return
    case 'toggle-fullscreen':
      return toggleFullscreen(frame)
    case 'skip':
      media.currentTime = clamp(media.currentTime + command.seconds, media.duration || 0)
      return
    case 'seek':
      media.currentTime = command.share * (media.duration || 0)
      return
    case 'volume':
      media.volume = clamp(media.volume + command.by, 1)
      media.muted = false
      return
    case 'speed':
      media.playbackRate = nextSpeed(media.playbackRate, command.by)
  }
}

function toggleFullscreen(frame: HTMLElement | null) {
  const change = document.fullscreenElement === null ? frame?.requestFullscreen() : document.exitFullscreen()
  // Refused where a page is embedded without the permission: nothing to do about it here.
  change?.catch(() => undefined)
}
