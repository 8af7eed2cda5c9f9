import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Directory, StaffedCourse } from './directory.ts'
import type { StaffStore } from './staff-store.ts'

/**
 * Throws COURSE_NOT_FOUND, and FORBIDDEN for everybody but those who work on the course, and admins. `part`, by itself the
 * params, is named in the first refusal.
 */
export type RequireStaff = (
  caller: Pick<Caller, 'id' | 'role'>,
  courseId: string,
  part?: 'body' | 'params',
) => Promise<StaffedCourse>

export type AccessDeps = {
  directory: Pick<Directory, 'requireCourse'>
  staff: Pick<StaffStore, 'isStaff' | 'isEditor'>
}

const accessOf =
  (word: 'isStaff' | 'isEditor') =>
  ({ directory, staff }: AccessDeps): RequireStaff =>
  async (caller, courseId, part = 'params') => {
    const course = await directory.requireCourse(courseId, part)
    const isOwner = course.creatorId === caller.id || caller.role === 'admin'
    if (!isOwner && !(await staff[word](courseId, caller.id))) throw fail('FORBIDDEN')
    return course
  }

/** Who sees the statistics of a course; every route of them asks here first. */
export const createAccess = accessOf('isStaff')
/** Who decides what leaves the course for other places: only those who may change it. */
export const createEditorAccess = accessOf('isEditor')
