import { buffer } from 'node:stream/consumers'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { startRounds, workOnEach } from '@aetherlearn/service-kit/rounds'
import { SNIFFED_BYTES, sniff } from '@aetherlearn/service-kit/sniff'
import { within } from '@aetherlearn/service-kit/within'
import type { Logger } from 'pino'
import type { VideoQueue } from './jobs.ts'
import { isLost } from './rules.ts'
import type { WaitingStore } from './store.ts'

/** Videos looked at in one round; the next round goes on behind them. */
const AT_ONCE = 500
const STOP_MS = 1000

export type ReconcileDeps = {
  waiting: WaitingStore
  outbox: Pick<Outbox, 'jobs' | 'sendAgain'>
  queue: VideoQueue
  objects: ObjectStore
  log: Pick<Logger, 'warn'>
  /** How long what was sent, and what was said of it, may be on its way. */
  afterMs: number
  atOnce?: number
}

/**
 * Finds lectures that wait for a video of which nothing will come any more, and has its job sent again. Any number of
 * instances may do it at the same time: each job is sent once. Answers how many were sent.
 */
export function createReconciler(deps: ReconcileDeps) {
  const { waiting, outbox, queue, log, afterMs, atOnce = AT_ONCE } = deps
  let last: string | undefined

  const lostOf = async (uploadIds: string[], now: Date) => {
    const jobs = await outbox.jobs(uploadIds)
    const sent = [...jobs.values()].filter((job) => job !== undefined)
    const queued = await queue.find(sent.map(({ jobId }) => jobId))
    const since = new Date(now.getTime() - afterMs)
    const lost = sent.filter((job) => isLost(job, queued.get(job.jobId), since))
    return { lost, forgotten: uploadIds.filter((uploadId) => !jobs.has(uploadId)) }
  }

  return async (now = new Date()): Promise<number> => {
    const { uploadIds, isLast } = await waiting.after(last, atOnce)
    last = isLast ? undefined : uploadIds.at(-1)
    const { lost, forgotten } = await lostOf(uploadIds, now)
    let sent = 0
    const say = (uploadId: string) => {
      sent += 1
      log.warn({ uploadId }, 'the job of a video was lost, it is sent again')
    }
    const sendAgain = lost.map((job) => async () => (await outbox.sendAgain(job)) && say(job.id))
    const leave = forgotten.map((id) => async () => (await leaveJob(deps, id)) && say(id))
    await workOnEach([...sendAgain, ...leave], (send) => send())
    return sent
  }
}

/** The outbox forgets what it sent after some days; what the job said is known all the same. */
async function leaveJob({ waiting, objects }: ReconcileDeps, uploadId: string): Promise<boolean> {
  const asset = await waiting.find(uploadId)
  if (asset === undefined) return false
  const end = Math.min(SNIFFED_BYTES, asset.sizeBytes) - 1
  const container = sniff(await buffer(await objects.read(asset.rawKey, { start: 0, end })))
  return container !== undefined && waiting.leaveJob(asset, container)
}

export type ReconcilerOptions = Omit<ReconcileDeps, 'log'> & { log: Logger; everyMs: number }

/** In every instance. */
export function startReconciler({ everyMs, ...deps }: ReconcilerOptions): { stop(): Promise<void> } {
  const reconcile = createReconciler(deps)
  const rounds = startRounds({ name: 'reconciler', everyMs, work: () => reconcile(), log: deps.log })
  const stop = async () => {
    // A round that waits for Redis to come back has changed nothing.
    await within(STOP_MS, rounds.stop())
    await deps.queue.close()
  }
  return { stop }
}
