import { joinParts } from '../transcode/join.ts'
import { ENCODING_PERCENT } from '../transcode/transcode.ts'
import { framesOf, type Part, type Plan, type RungSet } from '../transcode/plan.ts'
import { SOUND, type Track } from '../transcode/track.ts'
import { inOrder, shareOfSet, type Tracks } from '../transcode/whole.ts'
import type { DoneTask, Task } from './task-store.ts'

const PART_DIGITS = 4
const nameOf = (set: RungSet, part: Part) => `${set.name}-${String(part.index).padStart(PART_DIGITS, '0')}`

/** What a video that is made in parts consists of. `packets` is where the files with its packets lie. */
export function tasksOf(plan: Plan, packets: string): Task[] {
  const hasEarly = plan.sets.some(({ name }) => name === 'first')
  const pictures = plan.sets.flatMap((set) =>
    plan.parts.map((part) => ({
      name: nameOf(set, part),
      isEarly: set.name === 'first',
      input: `${packets}/${part.index}.mkv`,
    })),
  )
  const sound = { name: SOUND, isEarly: hasEarly, input: `${packets}/${SOUND}.mka` }
  return plan.source.sound === undefined ? pictures : [sound, ...pictures]
}

/** The part and the rungs that a task is about; nothing for the sound. */
export function pictureOf(plan: Plan, task: string): { part: Part; set: RungSet } | undefined {
  for (const set of plan.sets) {
    const part = plan.parts.find((one) => nameOf(set, one) === task)
    if (part !== undefined) return { part, set }
  }
  return undefined
}

/** Frames of a part, as the container has told. */
export function framesOfPart({ source, parts }: Plan, part: Part): number {
  const end = part.to ?? Math.max(framesOf(source), parts.at(-1)?.from ?? 0)
  return Math.max(1, end - part.from)
}

/** Share of the whole work, 0 to 1; the sound is next to nothing. */
export function shareOf(plan: Plan, task: string): number {
  const picture = pictureOf(plan, task)
  if (picture === undefined) return 0
  const { part, set } = picture
  const frames = plan.parts.reduce((sum, one) => sum + framesOfPart(plan, one), 0)
  return (ENCODING_PERCENT / 100) * (framesOfPart(plan, part) / frames) * shareOfSet(plan, set)
}

/** What the tasks made, as tracks of the whole video. */
export function tracksOf(plan: Plan, done: DoneTask[]): Tracks {
  const pictures: Track[] = plan.sets.flatMap((set) =>
    joinParts(
      plan.parts.flatMap((part) => done.find(({ name }) => name === nameOf(set, part))?.picture ?? []),
    ),
  )
  return { pictures: inOrder(plan, pictures), sound: done.find(({ name }) => name === SOUND)?.sound }
}
