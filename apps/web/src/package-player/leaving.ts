import { packagesApi, type LeavingCommit } from '@aetherlearn/contracts/progress/packages'
import type { Open, Said } from './messages.ts'

/** What was said so shortly before may still be on its way through a console that is closed, too. */
const RECENT_MS = 5000
/** Browsers send no more than this for a window that is gone. */
const LASTING_LETTERS = 60_000

/**
 * A tab that is closed takes the console with it, while the package may say the most important just then. Only for that
 * the player has a ticket; who it is told to keeps the last of what was said. Twice changes nothing.
 */
export function keepWhileLeaving(leaving: Open['leaving']): (said: Said) => void {
  if (leaving === undefined) return () => {}
  const state: { isLeaving: boolean; waits: boolean; last?: Said; saidAt: number } = {
    isLeaving: false,
    waits: false,
    saidAt: 0,
  }
  // The last of all that a package says in one go: browsers take little.
  const sendSoon = () => {
    if (state.waits) return
    state.waits = true
    queueMicrotask(() => {
      state.waits = false
      if (state.last !== undefined) send({ ...leaving, ...commitOf(state.last) })
    })
  }
  window.addEventListener('pageshow', () => (state.isLeaving = false))
  window.addEventListener('pagehide', () => {
    state.isLeaving = true
    if (Date.now() - state.saidAt < RECENT_MS) sendSoon()
  })
  return (said) => {
    state.last = said
    state.saidAt = Date.now()
    if (state.isLeaving) sendSoon()
  }
}

const commitOf = ({ sequence, cmi, finished }: Said) => ({ sequence, cmi, finished })

function send(commit: LeavingCommit) {
  const body = JSON.stringify(commit)
  const { url, method } = packagesApi.leavePackageItem
  const headers = { 'content-type': 'application/json' }
  fetch(url, { method, headers, body, keepalive: body.length < LASTING_LETTERS }).catch(() => {
    // The console has it as well, or its storage does.
  })
}
