import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { progressApi, saveBySocket } from '@aetherlearn/contracts/progress'
import { createClient } from '@aetherlearn/sdk/client'
import { overSocket } from '@aetherlearn/sdk/live'
import { keepaliveFetch } from '@aetherlearn/sdk/player-reporter'
import { lateOf } from '../session/late.ts'
import { liveOf } from '../session/live.ts'
import { options } from './clients.ts'

/** The last of a player's reports are sent while the page goes away. */
const lasting = { ...options, fetch: keepaliveFetch(options.fetch) }
const progress = createClient(progressApi, lasting)
const analytics = createClient(analyticsApi, lasting)

/** Whoever listens later hears of it later, so players that are asked to report meanwhile find it set. */
let leaving = false
window.addEventListener('pagehide', () => (leaving = true))
window.addEventListener('pageshow', () => (leaving = false))
const requestOnly = () => leaving || document.visibilityState === 'hidden'

/** What a student's player reports with: over the live connection while there is one. */
export const reportsOf = (userId: string) => ({
  progress: {
    ...progress,
    save: overSocket({ live: liveOf(userId), call: saveBySocket, request: progress.save, requestOnly }),
  },
  analytics,
  late: lateOf(userId),
})
