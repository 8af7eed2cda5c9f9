import { progressApi } from '@aetherlearn/contracts/progress'
import { createClient } from '@aetherlearn/sdk/client'
import { createLateQueue, type LateQueue } from '@aetherlearn/sdk/late-queue'
import type { QueryClient } from '@tanstack/react-query'
import { serverClock } from './server-clock.ts'
import { session } from './session.ts'

let open: { userId: string; late: LateQueue } | undefined

/** What this person's players could not report, now or on an earlier visit; it goes off from whichever page is open. */
export function lateOf(userId: string): LateQueue {
  if (open?.userId !== userId) {
    open?.late.stop()
    const progress = createClient(progressApi, { origin: '', token: session.token, fetch: serverClock.fetch })
    const late = createLateQueue({
      storage: localStorage,
      owner: userId,
      progress,
      clock: serverClock,
      window,
    })
    open = { userId, late }
  }
  return open.late
}

/** Sends what waits as soon as it is known whose it is; what the pages show of progress follows. */
export function followLate(queryClient: QueryClient) {
  const follow = () => {
    const userId = session.user()?.id
    if (userId !== undefined) return lateOf(userId)
    open?.late.stop()
    open = undefined
    return undefined
  }
  session.subscribe(follow)
  follow()
  window.addEventListener('online', () => {
    // Messages may be lost until the live connection is back, too.
    void follow()
      ?.send()
      .then(() => queryClient.invalidateQueries({ queryKey: ['progress'] }))
  })
}
