import { joinParts } from './join.ts'
import { encodePicture, type Job } from './picture.ts'
import { framesOf, rungsOf, type Plan, type RungSet } from './plan.ts'
import { encodeSound } from './sound.ts'
import type { SoundResult, Track } from './track.ts'

/** All tracks of a video, whoever made its parts. */
export type Tracks = { pictures: Track[]; sound: SoundResult | undefined }
export type WholeHooks = {
  /** Share of the work that is done, 0 to 1. */
  onShare: (share: number) => void
  /** The first rung and the sound are there; the others go on being made. */
  onPlayable: (early: Tracks) => Promise<void>
}

/** Makes a video that has one part: its early rung beside its sound, then all the others. */
export async function makeWhole(plan: Plan, job: Omit<Job, 'claim'>, hooks: WholeHooks): Promise<Tracks> {
  const failed = new AbortController()
  const signal = AbortSignal.any([job.signal, failed.signal])
  const shares = sharesOf(plan, hooks.onShare)
  const [part] = plan.parts
  if (part === undefined || plan.parts.length > 1) throw new Error('the video is made in parts')
  const sound = plan.source.sound && encodeSound(plan, { ...job, signal, claim: 'sound-0' })
  // One after the other: side by side each would get half of the processor, and the early rung would be late.
  let turn: Promise<unknown> = Promise.resolve()
  const sets = plan.sets.map((set) => {
    const own = { ...job, signal, claim: `${set.name}-0`, part, set, onFrames: shares(set) }
    const picture = turn.then(() => encodePicture(plan, own))
    turn = picture
    return picture.then(async (made) => {
      if (set.name === 'first') await hooks.onPlayable({ pictures: made.tracks, sound: await sound })
      return made
    })
  })
  const works = [...sets, ...(sound === undefined ? [] : [sound])]
  for (const work of works) work.catch((error: unknown) => failed.abort(error))
  // Whoever removes the folder must find nobody writing in it.
  await Promise.allSettled(works)
  // The others only say that they were asked to stop.
  if (failed.signal.aborted) throw failed.signal.reason
  const results = await Promise.all(sets)
  return {
    pictures: inOrder(
      plan,
      results.flatMap((result) => joinParts([result])),
    ),
    sound: await sound,
  }
}

/** Largest first, as in the ladder. */
export const inOrder = ({ ladder }: Plan, tracks: Track[]): Track[] =>
  ladder.flatMap(({ name }) => tracks.filter((track) => track.name === name))

/** Work grows with the pixels that are encoded, and each decode costs about as much as 480 lines do. */
const DECODE_PIXELS = 854 * 480
const weightOf = (plan: Plan, set: RungSet): number =>
  rungsOf(plan, set).reduce((sum, { width, height }) => sum + width * height, DECODE_PIXELS)

/** Share of the work on the picture that these rungs are, 0 to 1. */
export const shareOfSet = (plan: Plan, set: RungSet): number =>
  weightOf(plan, set) / plan.sets.reduce((sum, one) => sum + weightOf(plan, one), 0)

function sharesOf(plan: Plan, tell: (share: number) => void) {
  const frames = framesOf(plan.source)
  const done = new Map<RungSet, number>()
  return (set: RungSet) => (made: number) => {
    done.set(set, shareOfSet(plan, set) * Math.min(1, made / frames))
    tell([...done.values()].reduce((sum, share) => sum + share, 0))
  }
}
