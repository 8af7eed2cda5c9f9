import { Type } from 'typebox'
import { Id, Instant, Seconds, event } from '../shape.ts'
import { CompletionRule } from './completion.ts'
import { LecturePackage } from './packages.ts'

/**
 * A course as its listeners know it, in curriculum order. `version` only grows; a listener keeps the largest.
 * `live` false: withdrawn from the catalogue, enrolled students go on.
 */
export const coursePublished = event(
  'course.published',
  Type.Object({
    courseId: Id,
    creatorId: Id,
    title: Type.String(),
    version: Type.Integer(),
    lectures: Type.Array(
      Type.Object({
        lectureId: Id,
        lectureTitle: Type.String(),
        /** 0 where it is no video. */
        durationSeconds: Seconds,
        /** Which video it is: another one after it was replaced. */
        videoId: Type.Optional(Type.String()),
        package: Type.Optional(LecturePackage),
        /** How many questions it asks; absent: none. */
        questions: Type.Optional(Type.Integer({ minimum: 1 })),
      }),
    ),
    /** Absent: `defaultCompletion`. */
    completion: Type.Optional(CompletionRule),
  }),
)
export const courseWithdrawn = event(
  'course.withdrawn',
  Type.Object({ courseId: Id, version: Type.Integer() }),
)
/** Nobody sees the course any more and it does not come back; `version` is larger than all before. */
export const courseDeleted = event('course.deleted', Type.Object({ courseId: Id, version: Type.Integer() }))
/** What the catalogue shows of this course may be another now; course-service hears it to clear what is cached. */
export const courseChanged = event('course.changed', Type.Object({ courseId: Id }))
/** `sequence` counts the times this student joined or left this course; a listener keeps the largest. */
const EnrolmentFact = Type.Object({ courseId: Id, userId: Id, sequence: Type.Integer(), at: Instant })
export const enrolmentCreated = event('enrolment.created', EnrolmentFact)
export const enrolmentEnded = event('enrolment.ended', EnrolmentFact)
/**
 * The whole list of who may see a course's statistics besides its owner, and of those who may change the course. `sequence`
 * only grows; keep the largest.
 */
export const courseStaffChanged = event(
  'course.staff-changed',
  Type.Object({
    courseId: Id,
    staffIds: Type.Array(Id),
    /** Absent from events of earlier versions. */
    editorIds: Type.Optional(Type.Array(Id)),
    sequence: Type.Integer(),
  }),
)
