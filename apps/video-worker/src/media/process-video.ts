import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { VideoFault } from '../transcode/failure.ts'
import { finishVideo, type Finished } from '../transcode/finish.ts'
import { mp4Rung } from '../transcode/ladder.ts'
import { planOf, type Plan } from '../transcode/plan.ts'
import { demuxers, probe } from '../transcode/probe.ts'
import { transcodeWhole } from '../transcode/transcode.ts'
import { MAX_ATTEMPTS, timed, type RunOptions, type Video, type VideoDeps } from './deps.ts'
import { fetchFiles, filesIn, storeFiles } from './files.ts'
import { folderOf, packetsOf } from './keys.ts'
import { cutVideo, probedOf } from './make-task.ts'
import { fetchSource } from './source.ts'
import type { Attempt, VideoRef } from './store.ts'
import type { DoneTask } from './task-store.ts'
import { shareOf, tracksOf } from './tasks.ts'
import { Superseded, whileWanted } from './watch.ts'

export type Outcome = 'ready' | 'failed' | 'superseded'
/** The video is made in parts, and some are still to be done: this is to be called again when they are. */
export type InParts = { runId: string }

/**
 * Takes one uploaded video to its end: READY or FAILED once, whatever happens to the workers. Throws what is worth
 * another try.
 */
export async function processVideo(
  deps: VideoDeps,
  video: Video,
  options: RunOptions & { isFirstLook: boolean },
): Promise<Outcome | InParts> {
  const attempt = await deps.media.claim(video)
  const outcome = attempt === undefined ? 'superseded' : await runAttempt(deps, video, attempt, options)
  // A job that waited for parts, one of which has failed the video, would only say it twice.
  if (attempt === undefined && options.isFirstLook) await deps.media.tellAgain(video, options.traceId)
  if (typeof outcome === 'string') await cleanUp(deps, video)
  return outcome
}

async function runAttempt(deps: VideoDeps, video: Video, attempt: Attempt, options: RunOptions) {
  const { media } = deps
  try {
    if (attempt.attempts > MAX_ATTEMPTS) throw new VideoFault('ATTEMPTS_USED_UP', `${MAX_ATTEMPTS} attempts`)
    const isWanted = () => media.isWanted(attempt)
    return await whileWanted(isWanted, options.signal, (signal) => {
      const own = { ...options, signal }
      return attempt.plan === undefined
        ? beginRun(deps, video, attempt, own)
        : continueRun(deps, attempt, attempt.plan, own)
    })
  } catch (error) {
    if (error instanceof Superseded) return 'superseded'
    if (error instanceof VideoFault) {
      return (await media.fail(attempt, error.failure, options.traceId)) ? 'failed' : 'superseded'
    }
    if (options.signal.aborted) await media.handBack(attempt)
    throw error
  }
}

/** Makes a short video here and now, and cuts a long one for all workers. */
async function beginRun(deps: VideoDeps, video: Video, attempt: Attempt, options: RunOptions) {
  const { media, objects, programs, format, partSeconds, settings } = deps
  const { signal, traceId } = options
  const made = await deps.workFolder.lend(async (local): Promise<Finished | undefined> => {
    const file = join(local, 'source')
    const { container } = await fetchSource(deps, video, file, signal)
    const demuxer = demuxers[container]
    const source = await probe(programs, file, demuxer, signal)
    // A graphics card is fast, and parts that were encoded by it and by others would not fit together.
    const isCut = partSeconds !== undefined && settings.encoder === 'x264'
    const plan = planOf(source, isCut ? { format, partSeconds } : { format })
    if (plan.parts.length > 1 && (await isGivenOut(plan, { file, demuxer, local }))) return undefined
    return makeHere(deps, attempt, planOf(source, { format }), { file, demuxer, local }, options)
  })
  if (made === undefined) return wait(deps, attempt)
  return (await media.publish(attempt, folderOf(attempt, attempt.runId), made, traceId))
    ? 'ready'
    : 'superseded'

  async function isGivenOut(plan: Plan, { file, demuxer, local }: Local): Promise<boolean> {
    const input = { file, demuxer }
    const job = { programs, input, folder: join(local, 'cut'), signal }
    const tasks = await timed(deps, 'cut', () => cutVideo(deps, attempt, plan, job))
    if (tasks === undefined) {
      const { lectureId, uploadId } = attempt
      deps.log.warn({ lectureId, uploadId }, 'the video cannot be cut well, and is made by one worker')
      return false
    }
    if (await media.savePlan(attempt, plan, (session) => deps.tasks.insert(attempt, tasks, session)))
      return true
    await objects.removeFolder(packetsOf(attempt, attempt.runId))
    throw new Superseded()
  }
}

type Local = { file: string; demuxer: string; local: string }

async function makeHere(
  deps: VideoDeps,
  attempt: Attempt,
  plan: Plan,
  { file, demuxer, local }: Local,
  options: RunOptions,
): Promise<Finished> {
  const { objects, programs, settings, media } = deps
  const { signal, traceId, onShare } = options
  const output = join(local, 'output')
  await mkdir(output)
  const folder = folderOf(attempt, attempt.runId)
  const stored = new Set<string>()
  const storeNew = async (names: string[]) => {
    const fresh = names.filter((name) => !stored.has(name))
    await storeFiles({ objects, local: output, folder, signal }, fresh)
    for (const name of fresh) stored.add(name)
  }
  const made = await transcodeWhole(plan, {
    ...{ programs, settings, folder: output, signal, input: { file, demuxer, isCut: false } },
    onProgress: (percent) => onShare('whole', percent / 100),
    onPlayable: async (early) => {
      const { durationSeconds } = plan.source
      for (const pattern of ['{first,sound}-0/*', '*/index.m3u8'])
        await storeNew(await filesIn(output, pattern))
      await media.sayPlayable(attempt, folder, { ...early, durationSeconds }, traceId)
    },
  })
  await storeNew(await filesIn(output))
  return made
}

/** Joins what all workers made, or waits for them. */
async function continueRun(deps: VideoDeps, attempt: Attempt, plan: Plan, options: RunOptions) {
  const { tasks, media } = deps
  const done = await tasks.resultsOf(attempt.runId, 'all')
  if (done === undefined) {
    // Redis may have lost what was done, and with it the jobs.
    for (const name of await tasks.doneOf(attempt.runId)) options.onShare(name, shareOf(plan, name))
    return wait(deps, attempt)
  }
  const made = await timed(deps, 'join', () => joinVideo(deps, attempt, plan, done, options.signal))
  const folder = folderOf(attempt, attempt.runId)
  return (await media.publish(attempt, folder, made, options.traceId)) ? 'ready' : 'superseded'
}

/** Waiting is no attempt. */
async function wait({ media }: VideoDeps, attempt: Attempt): Promise<InParts> {
  await media.handBack(attempt)
  return { runId: attempt.runId }
}

const joinVideo = (
  { objects, programs, workFolder }: VideoDeps,
  attempt: Attempt,
  plan: Plan,
  done: DoneTask[],
  signal: AbortSignal,
): Promise<Finished> =>
  workFolder.lend(async (local) => {
    const tracks = tracksOf(plan, done)
    const { name } = mp4Rung(plan.ladder)
    const copied = [...tracks.pictures.filter((track) => track.name === name), tracks.sound?.track]
    const needed = new Set(probedOf(tracks))
    for (const track of copied) {
      for (const { file } of [...(track?.segments ?? []), ...(track?.header ? [track.header] : [])])
        needed.add(file)
    }
    const copying = { objects, local, folder: folderOf(attempt, attempt.runId), signal }
    await fetchFiles(copying, needed)
    const made = await finishVideo(plan, tracks, { programs, folder: local, signal })
    await storeFiles(
      copying,
      (await filesIn(local)).filter((file) => !needed.has(file)),
    )
    return made
  })

/**
 * Removes what a finished video does not need. While it is not finished nothing is removed: its first rung may be watched
 * out of an attempt that came to nothing since.
 */
async function cleanUp({ media, tasks, objects }: VideoDeps, video: VideoRef): Promise<void> {
  const runs = await media.runsOf(video)
  if (runs === undefined) return
  for (const runId of runs.leftovers) await objects.removeFolder(folderOf(video, runId))
  const { kept } = runs
  for (const claimId of kept === undefined ? [] : await tasks.leftovers(kept)) {
    await objects.removeFolder(`${folderOf(video, kept ?? '')}/${claimId}`)
  }
  await objects.removeFolder(packetsOf(video))
  await tasks.removeOf(video)
}
