import { isDefaultCompletion } from '@aetherlearn/contracts/course/completion'
import type { CourseChange, NewCourse } from '@aetherlearn/contracts/course/authoring'
import type { Static } from 'typebox'

export type NewCourse = Static<typeof NewCourse>
export type CourseChange = Static<typeof CourseChange>

/** `ids` with `id` at `position`; one past the end is the end. */
export function placed<T extends { toString(): string }>(ids: T[], id: T, position: number): T[] {
  const others = without(ids, id)
  return [...others.slice(0, position), id, ...others.slice(position)]
}

export const without = <T extends { toString(): string }>(ids: T[], id: T): T[] =>
  ids.filter((other) => String(other) !== String(id))

/** The fields of a new course; no limit is no field, nor is the default of when lectures are completed. */
export function detailsOf<D extends Partial<NewCourse>>({ seatLimit, completion, ...details }: D) {
  return {
    ...details,
    ...(seatLimit === undefined || seatLimit === null ? {} : { seatLimit }),
    ...(completion === undefined || isDefaultCompletion(completion) ? {} : { completion }),
  }
}

/** What an edit changes in the course's own document; undefined where it changes nothing. */
export function changeOf({ revision: _seen, ...fields }: CourseChange) {
  const set = detailsOf(fields)
  const unset = {
    ...(fields.seatLimit === null ? { seatLimit: 1 as const } : {}),
    ...(fields.completion !== undefined && set.completion === undefined ? { completion: 1 as const } : {}),
  }
  const isUnset = Object.keys(unset).length > 0
  if (Object.keys(set).length === 0 && !isUnset) return undefined
  return { $set: set, ...(isUnset ? { $unset: unset } : {}), $inc: { revision: 1 } }
}
