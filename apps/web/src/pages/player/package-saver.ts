import type { PackageCommit } from '@aetherlearn/contracts/progress/packages'
import { ApiError } from '@aetherlearn/sdk/client'

/** What a package asked to keep, with all that it takes to send it. */
export type Unsaved = { courseId: string; lectureId: string; itemId: string; body: PackageCommit }
/** `waiting`: on this device, as the server cannot be reached. `over`: opened again elsewhere, nothing is kept any more. */
export type SaveState = 'saved' | 'saving' | 'waiting' | 'over' | Error

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>
export type SaverOptions = {
  place: Omit<Unsaved, 'body'>
  sessionId: string
  /** Where what was not sent yet outlives the page. */
  storage: Kept
  key: string
  /** `leaving`: the page goes away while this is sent. */
  put: (unsaved: Unsaved, leaving: boolean) => Promise<unknown>
  /** Does it after so many ms; answers how not to. */
  later: (work: () => void, ms: number) => () => void
  onState: (state: SaveState) => void
}
export type Saver = {
  /** In place of what was offered before. */
  offer(said: Pick<PackageCommit, 'cmi' | 'sequence'> & { finished: boolean; urgent: boolean }): void
  /** Now; resolves when all was sent, or when it cannot be. */
  flush(): Promise<void>
  /** Now, as the page goes away. */
  leave(): void
}

/** Packages that count the seconds say something new all the time. */
const SOON_MS = 2000
const AGAIN_MS = 5000

const isTransient = (error: unknown) =>
  !(error instanceof ApiError) || error.status >= 500 || [401, 408, 429].includes(error.status)

/** Sends what a package says, the latest last, until it is there: what is not stays in the browser's storage. */
export function createPackageSaver(options: SaverOptions): Saver {
  const { place, sessionId, storage, key, put, later, onState } = options
  let waiting: Unsaved | undefined
  let sending: Promise<void> | undefined
  let cancel = () => {}

  const after = (ms: number) => {
    cancel()
    cancel = later(() => void flush(), ms)
  }

  function settle(sent: Unsaved, state: SaveState) {
    if (waiting !== sent) return
    waiting = undefined
    storage.removeItem(key)
    onState(state)
  }

  async function sendAll() {
    while (waiting !== undefined) {
      const sent = waiting
      onState('saving')
      try {
        await put(sent, false)
        settle(sent, 'saved')
      } catch (error) {
        if (isTransient(error)) {
          onState('waiting')
          return after(AGAIN_MS)
        }
        settle(sent, refusalOf(error))
      }
    }
  }

  async function flush() {
    cancel()
    sending ??= sendAll().finally(() => (sending = undefined))
    await sending
  }

  return {
    offer({ sequence, cmi, finished, urgent }) {
      waiting = { ...place, body: { sessionId, sequence, cmi, finished } }
      keep(storage, key, waiting)
      if (urgent) void flush()
      else if (sending === undefined) after(SOON_MS)
    },
    flush,
    leave: () => {
      // What is on its way may not arrive any more; twice changes nothing.
      if (waiting !== undefined) put(waiting, true).catch(() => undefined)
    },
  }
}

function refusalOf(error: unknown): SaveState {
  if (error instanceof ApiError && error.code === 'PACKAGE_SESSION_OVER') return 'over'
  return error instanceof Error ? error : new Error(String(error))
}

function keep(storage: Kept, key: string, unsaved: Unsaved) {
  try {
    storage.setItem(key, JSON.stringify(unsaved))
  } catch {
    // It is full, or there is none: what is said is sent all the same.
  }
}

const PREFIX = 'aetherlearn.package.'
const ofUser = (userId: string) => `${PREFIX}${userId}.`
export const keyOf = (userId: string, { lectureId, itemId }: Omit<Unsaved, 'body'>) =>
  `${ofUser(userId)}${lectureId}.${itemId}`

/** What this person's packages could not send on an earlier visit. What is still not sent stays. */
export async function sendKept(
  userId: string,
  storage: Storage,
  put: (unsaved: Unsaved) => Promise<unknown>,
): Promise<void> {
  const keys = Object.keys(storage).filter((key) => key.startsWith(ofUser(userId)))
  for (const key of keys) {
    const text = storage.getItem(key)
    if (text === null) continue
    try {
      await put(parse(text))
    } catch (error) {
      if (!(error instanceof SyntaxError) && isTransient(error)) continue
    }
    // Another tab may have kept more meanwhile.
    if (storage.getItem(key) === text) storage.removeItem(key)
  }
}

/** Ours, as nobody else writes under our keys; the server looks at it anyway. */
function parse(text: string): Unsaved {
  const unsaved: Unsaved = JSON.parse(text)
  return unsaved
}
