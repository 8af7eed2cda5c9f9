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

/** The fields of a new course; no limit is no field. */
export function detailsOf({ seatLimit, ...details }: NewCourse) {
  return seatLimit === undefined || seatLimit === null ? details : { ...details, seatLimit }
}

/** What an edit changes in the course's own document; undefined where it changes nothing. */
export function changeOf({ revision: _seen, seatLimit, ...fields }: CourseChange) {
  const set = seatLimit === undefined || seatLimit === null ? fields : { ...fields, seatLimit }
  const isEmpty = Object.keys(set).length === 0 && seatLimit !== null
  if (isEmpty) return undefined
  return {
    $set: set,
    ...(seatLimit === null ? { $unset: { seatLimit: 1 as const } } : {}),
    $inc: { revision: 1 },
  }
}
