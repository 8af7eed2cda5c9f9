import { writeGrant } from '../media/grant.ts'
import type { Caller } from '../courses/rules.ts'

type Pictured = { _id: string; thumbnail?: { folder: string } }
/** Adds the signed address of the draft's picture, for this person. */
export type WithPicture = <C extends Pictured>(course: C, caller: Caller) => C & { thumbnailUrl?: string }

/** The same within the hour, so that browsers need not load the picture again with each look at the course. */
const ROUNDED_SECONDS = 3600

export const createPictureLinks =
  (secret: string, grantSeconds: number): WithPicture =>
  (course, caller) => {
    if (course.thumbnail === undefined) return course
    const soonest = Date.now() / 1000 + grantSeconds
    const expires = Math.ceil(soonest / ROUNDED_SECONDS) * ROUNDED_SECONDS
    const bound = caller.role === 'admin' ? {} : { courseId: course._id, as: 'people' as const }
    const { folder } = course.thumbnail
    const grant = writeGrant({ folder, userId: caller.id, ...bound, expires }, secret)
    return { ...course, thumbnailUrl: `/api/v1/media/${grant}/large.webp` }
  }
