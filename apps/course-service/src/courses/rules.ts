import type { CourseRole, CourseStatus } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'

type Ref = { toString(): string }
export type Caller = { id: string; role: string }
/** Who works on a course: its creator is the owner, the others are named. */
export type Staffed = { creator: Ref; people?: { userId: Ref; role: CourseRole }[] }

/**
 * What can be done in a course: see its draft; edit and upload; publish; add and remove students; read statistics;
 * choose who else works on it; remove it.
 */
export type Action = 'see' | 'edit' | 'publish' | 'students' | 'statistics' | 'people' | 'remove'

const rights: Record<CourseRole, readonly Action[]> = {
  owner: ['see', 'edit', 'publish', 'students', 'statistics', 'people', 'remove'],
  editor: ['see', 'edit', 'publish', 'students', 'statistics'],
  assistant: ['see', 'students', 'statistics'],
  viewer: ['see'],
}

/** The roles that a course gives besides its owner's and that may do this. */
export const rolesWith = (action: Action): CourseRole[] =>
  (['editor', 'assistant', 'viewer'] as const).filter((role) => rights[role].includes(action))

/** Admins are owners of every course. */
export function roleIn(course: Staffed, caller: Caller): CourseRole | undefined {
  if (caller.role === 'admin' || String(course.creator) === caller.id) return 'owner'
  return course.people?.find(({ userId }) => String(userId) === caller.id)?.role
}

export function may(course: Staffed, caller: Caller, action: Action): boolean {
  const role = roleIn(course, caller)
  return role !== undefined && rights[role].includes(action)
}

/** Whether strangers know that the course exists. */
export const isKnown = ({ status }: { status: CourseStatus }) => status === 'live' || status === 'unlisted'

/** Throws STALE_EDIT where the sender saw an older revision of what they edit. */
export function assertCurrent({ revision }: { revision: number }, seen: number | undefined) {
  if (seen === undefined || seen === revision) return
  throw fail('STALE_EDIT', { currentRevision: revision })
}
