import { Type, type Static } from 'typebox'
import { Id, Instant, Message, OneOf, Strict, Text, endpoint, socketMessage } from '../shape.ts'
import { Course, CourseRef, CourseStatus, PublishedCourse } from './shapes.ts'

/** What the publisher says of a snapshot, for the people of the course. */
const Note = Text(500)
/** Of the course as it was read; another one is 409 STALE_EDIT. */
const Revision = Type.Optional(Type.Integer({ minimum: 0 }))

/** One snapshot in the history of a course. */
export const CourseVersion = Type.Object({
  version: Type.Integer(),
  publishedAt: Instant,
  /** A user id. */
  publishedBy: Id,
  totalLectures: Type.Integer(),
  durationSeconds: Type.Number(),
  note: Type.Optional(Type.String()),
  /** The version whose content this one has again. */
  rolledBackFrom: Type.Optional(Type.Integer()),
})
export type CourseVersion = Static<typeof CourseVersion>

const Part = { kind: OneOf(['section', 'lecture']), _id: Id }
const NamedPart = Type.Object({ ...Part, title: Type.String() })
const Place = Type.Object({
  /** Of a lecture. */
  sectionId: Type.Optional(Id),
  /** From 0, in its section or, for a section, in the course. */
  index: Type.Integer(),
})
/** What students would see change from one version to another. */
export const CourseDiff = Type.Object({
  /** 0: before the first publish. */
  from: Type.Integer(),
  /** Absent: the draft, as publishing it now would show it. */
  to: Type.Optional(Type.Integer()),
  details: Type.Array(
    Type.Object({
      field: Type.String(),
      from: Type.Union([Type.String(), Type.Number(), Type.Null()]),
      to: Type.Union([Type.String(), Type.Number(), Type.Null()]),
    }),
  ),
  added: Type.Array(NamedPart),
  removed: Type.Array(NamedPart),
  renamed: Type.Array(Type.Object({ ...Part, from: Type.String(), to: Type.String() })),
  /** As few parts as make the new order out of the old one. */
  moved: Type.Array(Type.Object({ ...Part, title: Type.String(), from: Place, to: Place })),
  /** Lectures with another video. */
  replaced: Type.Array(NamedPart),
})
export type CourseDiff = Static<typeof CourseDiff>

/** A course that waits for an admin. */
export const CourseReview = Type.Object({ ...Course.properties, submittedAt: Instant })
export type CourseReview = Static<typeof CourseReview>

const VersionNumber = Type.Integer({ minimum: 1, maximum: 1_000_000_000 })
const ofPeople = { access: 'signed-in', rate: 'read' } as const
const byInstructor = { access: 'instructor', rate: 'write' } as const

export const publishingApi = {
  publish: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/publish',
    summary:
      'Freeze the draft into a snapshot that students see; the course is live, an unlisted one stays unlisted',
    config: byInstructor,
    schema: {
      params: CourseRef,
      body: Strict({ note: Type.Optional(Note), revision: Revision }),
      response: { 200: PublishedCourse },
    },
  }),
  unpublish: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/unpublish',
    summary: 'Take a course out of the catalogue; enrolled students keep it',
    config: byInstructor,
    schema: { params: CourseRef, response: { 200: Course } },
  }),
  changeStatus: endpoint({
    method: 'PUT',
    url: '/api/v1/course/:courseId/status',
    summary: 'Submit for review, send back, list, unlist, archive or withdraw a course',
    config: byInstructor,
    schema: {
      params: CourseRef,
      body: Strict({
        status: CourseStatus,
        /** With `draft`: why an admin sends a course back. */
        reason: Type.Optional(Text(1000)),
        revision: Revision,
      }),
      response: { 200: Course },
    },
  }),
  listReviews: endpoint({
    method: 'GET',
    url: '/api/v1/course/reviews',
    summary: 'The courses that wait for a review, longest first; publishing one approves it',
    config: { access: 'admin', rate: 'read' },
    schema: { response: { 200: Type.Array(CourseReview) } },
  }),
  listVersions: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId/versions',
    summary: 'The snapshots of a course, newest first, at most 500',
    config: ofPeople,
    schema: { params: CourseRef, response: { 200: Type.Array(CourseVersion) } },
  }),
  getVersion: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId/versions/:version',
    summary: 'A course as it was published once',
    config: ofPeople,
    schema: {
      params: Strict({ courseId: Id, version: VersionNumber }),
      response: { 200: PublishedCourse },
    },
  }),
  getDiff: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId/diff',
    summary: 'What changed between two versions; left out: from what is published to the draft',
    config: ofPeople,
    schema: {
      params: CourseRef,
      querystring: Strict({ from: Type.Optional(VersionNumber), to: Type.Optional(VersionNumber) }),
      response: { 200: CourseDiff },
    },
  }),
  rollback: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/rollback',
    summary: 'Show students an earlier version again, as a new one; the draft stays as it is',
    config: byInstructor,
    schema: {
      params: CourseRef,
      body: Strict({ version: VersionNumber, note: Type.Optional(Note), revision: Revision }),
      response: { 200: PublishedCourse },
    },
  }),
  schedule: endpoint({
    method: 'PUT',
    url: '/api/v1/course/:courseId/schedule',
    summary: 'Publish the draft at a moment to come, as it is by then',
    config: byInstructor,
    schema: {
      params: CourseRef,
      body: Strict({
        /** RFC 3339 date-time. */
        publishAt: Type.String({
          pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2})$',
        }),
        revision: Revision,
      }),
      response: { 200: Type.Object({ courseId: Id, publishAt: Instant }) },
    },
  }),
  unschedule: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/schedule',
    summary: 'Do not publish by itself after all',
    config: byInstructor,
    schema: { params: CourseRef, response: { 200: Message } },
  }),
}

const CourseNotice = Type.Object({ courseId: Id, status: CourseStatus })
/** To the creator: an admin published the course or sent it back. */
export const courseReviewed = socketMessage('course.reviewed', CourseNotice)
/** To whoever scheduled it: the moment came, and the course was published or could not be. */
export const courseScheduleEnded = socketMessage('course.schedule-ended', CourseNotice)
