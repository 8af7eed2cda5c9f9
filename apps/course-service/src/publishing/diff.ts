import {
  defaultCompletion,
  defaultPassingScore,
  type CompletionRule,
} from '@aetherlearn/contracts/course/completion'
import type { CourseDiff } from '@aetherlearn/contracts/course/publishing'
import { detailsOf, type Details } from './draft.ts'
import type { Frozen } from './rules.ts'

type SideLecture = {
  _id: string
  title: string
  /** Names the video; absent where a snapshot does not say it. */
  video?: string
}
type SideSection = { _id: string; title: string; lectures: SideLecture[] }
/** One of the two that are compared. Without details: a course that does not exist yet. */
export type Side = { details?: Details & { thumbnailUrl?: string }; sections: SideSection[] }
export type Changes = Omit<CourseDiff, 'from' | 'to'>

/** Before the first publish. */
export const nothing: Side = { sections: [] }

export function sideOf({ course, lectures = [] }: Frozen): Side {
  const videos = new Map(lectures.map(({ lectureId, media }) => [lectureId, media.folder]))
  const { thumbnailUrl } = course
  return {
    details: { ...detailsOf(course), ...(thumbnailUrl === undefined ? {} : { thumbnailUrl }) },
    sections: course.sections.map(({ _id, sectionTitle, lectures: held }) => ({
      _id,
      title: sectionTitle,
      lectures: held.map((lecture) => {
        const video = videos.get(lecture._id)
        return {
          _id: lecture._id,
          title: lecture.lectureTitle,
          ...(video === undefined ? {} : { video }),
        }
      }),
    })),
  }
}

type Kind = 'section' | 'lecture'
type Part = {
  kind: Kind
  _id: string
  title: string
  /** The list it stands in: a section's id, or nothing for sections. */
  list: string
  index: number
  video?: string
}

const partsOf = ({ sections }: Side): Part[] =>
  sections.flatMap(({ lectures, ...section }, index) => [
    { kind: 'section' as const, ...section, list: '', index },
    ...lectures.map((lecture, place) => ({
      kind: 'lecture' as const,
      ...lecture,
      list: section._id,
      index: place,
    })),
  ])

const named = ({ kind, _id, title }: Part) => ({ kind, _id, title })
const placeOf = ({ kind, list, index }: Part) => ({
  ...(kind === 'lecture' ? { sectionId: list } : {}),
  index,
})

/** What makes the second out of the first. Parts keep their ids, so that a new title is no new part. */
export function diffOf(from: Side, to: Side): Changes {
  const [before, after] = [partsOf(from), partsOf(to)]
  const [earlier, later] = [byKey(before), byKey(after)]
  const pairs = after.flatMap((now) => {
    const then = earlier.get(keyOf(now))
    return then === undefined ? [] : [{ then, now }]
  })
  return {
    details: changedDetails(from.details, to.details),
    added: after.filter((part) => !earlier.has(keyOf(part))).map(named),
    removed: before.filter((part) => !later.has(keyOf(part))).map(named),
    renamed: pairs
      .filter(({ then, now }) => then.title !== now.title)
      .map(({ then, now: { kind, _id, title } }) => ({ kind, _id, from: then.title, to: title })),
    moved: movedOf(pairs).map(({ then, now }) => ({
      ...named(now),
      from: placeOf(then),
      to: placeOf(now),
    })),
    replaced: pairs
      .filter(
        ({ then, now }) => then.video !== undefined && now.video !== undefined && then.video !== now.video,
      )
      .map(({ now }) => named(now)),
  }
}

const keyOf = ({ kind, _id }: Part) => `${kind} ${_id}`
const byKey = (parts: Part[]) => new Map(parts.map((part) => [keyOf(part), part]))

function changedDetails(from: Side['details'], to: Side['details']): Changes['details'] {
  if (from === undefined || to === undefined) return []
  const [before, after] = [new Map(Object.entries(said(from))), new Map(Object.entries(said(to)))]
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((field) => ({ field, from: before.get(field) ?? null, to: after.get(field) ?? null }))
    .filter((change) => change.from !== change.to)
}

/** As people read it: what is not said is the default. */
const said = ({ completion, ...others }: NonNullable<Side['details']>) => ({
  ...others,
  completion: wordsOf(completion ?? defaultCompletion),
})

function wordsOf({ by, watchedShare, endSlackSeconds = 0, passingScore }: CompletionRule): string {
  if (by === 'hand') return 'by hand'
  const credits = endSlackSeconds > 0 ? ` without ${endSlackSeconds} s of credits` : ''
  const watching = `by watching ${percent(watchedShare)}${credits}`
  if (by === 'passing')
    return `by passing with ${percent(passingScore ?? defaultPassingScore)}, or ${watching}`
  return by === 'watching' ? watching : `by hand or ${watching}`
}

const percent = (share: number) => `${Number((share * 100).toFixed(2))} %`

type Pair = { then: Part; now: Part }

/** Those in another list, and of the others in each list as few as have to move for the rest to be in order. */
function movedOf(pairs: Pair[]): Pair[] {
  const lists = Map.groupBy(
    pairs.filter(({ then, now }) => then.list === now.list),
    ({ now }) => now.list,
  )
  const staying = new Set([...lists.values()].flatMap(longestInOrder))
  return pairs.filter((pair) => !staying.has(pair))
}

/** The longest part of a list, in its new order, whose old places rise: patience sorting, n log n. */
function longestInOrder(list: Pair[]): Pair[] {
  type Card = { pair: Pair; below: Card | undefined }
  const tops: Card[] = []
  for (const pair of list) {
    const { index } = pair.then
    let [low, high] = [0, tops.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((tops[middle]?.pair.then.index ?? 0) < index) low = middle + 1
      else high = middle
    }
    tops[low] = { pair, below: tops[low - 1] }
  }
  const found: Pair[] = []
  for (let card = tops.at(-1); card !== undefined; card = card.below) found.push(card.pair)
  return found
}
