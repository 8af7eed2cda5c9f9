import { fail } from '@aetherlearn/service-kit/errors'
import type { CourseRole } from '@aetherlearn/contracts/course/shapes'
import { MAX_COURSE_PEOPLE } from '@aetherlearn/contracts/course/people'
import { rolesWith, type Staffed } from '../courses/rules.ts'
import type { KnownPerson } from './store.ts'

type Ref = { toString(): string }
type Named = { userId: Ref; role: CourseRole }

/** By id or by address, exactly one of them. */
export type Somebody = { userId?: string; email?: string }
export function assertOneName({ userId, email }: Somebody) {
  if ((userId === undefined) !== (email === undefined)) return
  const message = 'is needed, or email: one of the two'
  throw fail('INVALID_INPUT', { errors: [{ field: 'body.userId', message }] })
}

/** The people of a course with this one among them; the same list where nothing changes. */
export function withPerson(course: Staffed, person: KnownPerson, role: CourseRole): Named[] {
  const people = course.people ?? []
  if (String(course.creator) === person.userId) {
    throw fail('INVALID_INPUT', {
      errors: [{ field: 'body.userId', message: 'is the owner of this course' }],
    })
  }
  // A student's account passes no instructor's route, so the role would be an empty promise.
  if (role !== 'viewer' && person.role === 'student') throw fail('NOT_AN_INSTRUCTOR')
  const before = people.find(({ userId }) => String(userId) === person.userId)
  if (before?.role === role) return people
  if (before === undefined && people.length >= MAX_COURSE_PEOPLE) throw fail('TOO_MANY_PEOPLE')
  return [...withoutPerson(people, person.userId), { userId: person.userId, role }]
}

export const withoutPerson = (people: Named[], userId: string): Named[] =>
  people.filter((named) => String(named.userId) !== userId)

/** Who may read the statistics besides the owner. */
export const staffOf = (people: Named[]): string[] => thoseWith('statistics', people)
/** Who may change the course besides the owner. */
export const editorsOf = (people: Named[]): string[] => thoseWith('edit', people)

function thoseWith(right: Parameters<typeof rolesWith>[0], people: Named[]): string[] {
  const roles = rolesWith(right)
  return people.filter(({ role }) => roles.includes(role)).map(({ userId }) => String(userId))
}
