import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CUT_DEMUXER, cutPart, cutSound, type CutJob } from '../transcode/cut.ts'
import { VideoFault } from '../transcode/failure.ts'
import { writePlaylists } from '../transcode/finish.ts'
import { encodePicture } from '../transcode/picture.ts'
import type { Plan } from '../transcode/plan.ts'
import { encodeSound } from '../transcode/sound.ts'
import { SOUND } from '../transcode/track.ts'
import { MAX_ATTEMPTS, type RunOptions, type VideoDeps } from './deps.ts'
import { eachOf, fetchFiles, fetchObject, filesIn, storeFiles } from './files.ts'
import { folderOf, packetsOf } from './keys.ts'
import type { RunRef } from './store.ts'
import type { Claim, Task, TaskResult } from './task-store.ts'
import { framesOfPart, pictureOf, shareOf, tasksOf, tracksOf } from './tasks.ts'
import { Superseded, whileWanted } from './watch.ts'

export type TaskOutcome = 'made' | 'failed' | 'superseded'

/** Puts the packets of all tasks into the store. Nothing when the source cannot be cut well. */
export async function cutVideo(
  { objects }: Pick<VideoDeps, 'objects'>,
  run: RunRef,
  plan: Plan,
  job: CutJob,
): Promise<Task[] | undefined> {
  const packets = packetsOf(run, run.runId)
  const tasks = tasksOf(plan, packets)
  let isWhole = true
  const put = async (key: string, cut: (job: CutJob) => Promise<string | undefined>) => {
    if (!isWhole) return
    const folder = join(job.folder, key)
    const file = await cut({ ...job, folder })
    isWhole &&= file !== undefined
    if (file !== undefined) await objects.put(`${packets}/${key}`, createReadStream(file))
    await rm(folder, { recursive: true })
  }
  if (plan.source.sound !== undefined) await put(`${SOUND}.mka`, (own) => cutSound(plan, own))
  await eachOf(plan.parts, (part) => put(`${part.index}.mkv`, (own) => cutPart(plan, part, own)))
  return isWhole ? tasks : undefined
}

/**
 * Makes one task of a video, for whoever asked. May be run any number of times: the first result counts, and who comes
 * later removes what it made. Throws what is worth another try.
 */
export async function makeTask(
  deps: VideoDeps,
  run: RunRef,
  task: string,
  options: RunOptions,
): Promise<TaskOutcome> {
  const { media, tasks, objects } = deps
  const plan = await media.planOf(run)
  if (plan === undefined) return 'superseded'
  const claim = await tasks.claim(run.runId, task)
  if (claim === undefined) {
    await sayPlayable(deps, run, plan, options)
    return 'superseded'
  }
  try {
    if (claim.attempts > MAX_ATTEMPTS) throw new VideoFault('ATTEMPTS_USED_UP', `${MAX_ATTEMPTS} attempts`)
    const isWanted = async () => (await tasks.isOpen(claim)) && (await media.isWanted(run))
    await whileWanted(isWanted, options.signal, async (signal) => {
      const result = await makeAndStore(deps, run, plan, claim, { ...options, signal })
      if (!(await tasks.complete(claim, result))) throw new Superseded()
    })
  } catch (error) {
    if (options.signal.aborted) await tasks.handBack(claim)
    await objects.removeFolder(`${folderOf(run, run.runId)}/${claim.claimId}`)
    if (error instanceof Superseded) return 'superseded'
    if (!(error instanceof VideoFault)) throw error
    return (await media.fail(run, error.failure, options.traceId)) ? 'failed' : 'superseded'
  }
  options.onShare(task, shareOf(plan, task))
  await sayPlayable(deps, run, plan, options)
  return 'made'
}

const makeAndStore = (
  deps: VideoDeps,
  run: RunRef,
  plan: Plan,
  claim: Claim,
  options: RunOptions,
): Promise<TaskResult> =>
  deps.workFolder.lend(async (local) => {
    const { objects, programs, settings } = deps
    const { signal } = options
    const { claimId, name } = claim
    const [file, output] = [join(local, 'packets'), join(local, 'output')]
    await fetchObject(objects, claim.input, file, signal)
    const input = { file, demuxer: CUT_DEMUXER, isCut: true }
    const job = { programs, settings, input, folder: output, claim: claimId, signal }
    const picture = pictureOf(plan, name)
    const make = async (): Promise<TaskResult> => {
      if (picture === undefined) return { sound: await encodeSound(plan, job) }
      const { part } = picture
      const scale = shareOf(plan, name) / framesOfPart(plan, part)
      const onFrames = (frames: number) =>
        options.onShare(name, Math.min(frames, framesOfPart(plan, part)) * scale)
      return { picture: await encodePicture(plan, { ...job, ...picture, onFrames }) }
    }
    const result = await make()
    const copying = { objects, local: output, folder: folderOf(run, run.runId), signal }
    await storeFiles(copying, await filesIn(output))
    return result
  })

/** When all early tasks are done: whoever finds that out first says it, and saying it twice says it once. */
async function sayPlayable(deps: VideoDeps, run: RunRef, plan: Plan, { signal, traceId }: RunOptions) {
  if (!plan.sets.some(({ name }) => name === 'first')) return
  const done = await deps.tasks.resultsOf(run.runId, 'early')
  if (done === undefined || done.length === 0) return
  const { objects, programs, media } = deps
  const folder = folderOf(run, run.runId)
  await deps.workFolder.lend(async (local) => {
    const tracks = tracksOf(plan, done)
    const copying = { objects, local, folder, signal }
    await fetchFiles(copying, probedOf(tracks))
    const playable = await writePlaylists(plan, tracks, { programs, folder: local, signal })
    await storeFiles(copying, await filesIn(local, '*/index.m3u8'))
    const early = { ...playable, durationSeconds: plan.source.durationSeconds }
    await media.sayPlayable(run, folder, early, traceId)
  })
}

/** Segments that have to be looked into, as no header says their codecs. */
export const probedOf = ({ pictures }: ReturnType<typeof tracksOf>): string[] =>
  pictures.flatMap(({ codecs, segments: [first] }) =>
    codecs === undefined && first !== undefined ? [first.file] : [],
  )
