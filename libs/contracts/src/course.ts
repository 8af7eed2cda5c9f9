import { Type, type Static } from 'typebox'
import { Id, Instant, Message, OneOf, Seconds, Strict, Text, endpoint, event } from './shape.ts'

/** Source document 003 §4. */
export const LectureStatus = OneOf(['AWAITING_MEDIA', 'PROCESSING', 'READY', 'FAILED'])
export type LectureStatus = Static<typeof LectureStatus>

/** Why a video could not be made, and what its instructor can do about it. */
export const MediaFailure = Type.Object({ code: Type.String(), advice: Type.String() })
export type MediaFailure = Static<typeof MediaFailure>

export const Lecture = Type.Object({
  _id: Id,
  courseId: Id,
  sectionId: Id,
  lectureTitle: Type.String(),
  status: LectureStatus,
  failure: Type.Optional(MediaFailure),
  durationSeconds: Type.Optional(Type.Number()),
})
export type Lecture = Static<typeof Lecture>

export const Section = Type.Object({
  _id: Id,
  courseId: Id,
  sectionTitle: Type.String(),
  lectures: Type.Array(Id),
})
export type Section = Static<typeof Section>

const courseFields = {
  _id: Id,
  title: Type.String(),
  subtitle: Type.String(),
  category: Type.String(),
  creator: Id,
  totalLectures: Type.Integer(),
  createdAt: Instant,
  updatedAt: Instant,
}
/** `live`: students see its published snapshot. The draft is edited in either state. */
export const CourseStatus = Type.Union([Type.Literal('draft'), Type.Literal('live')])
export const Course = Type.Object({ ...courseFields, status: CourseStatus, sections: Type.Array(Id) })
export type Course = Static<typeof Course>

/** What its instructor sees: the draft with the state of every video. */
export const CourseOutline = Type.Object({
  ...courseFields,
  status: CourseStatus,
  /** Number of the snapshot that students see; absent while the course is a draft. */
  publishedVersion: Type.Optional(Type.Integer()),
  sections: Type.Array(Type.Object({ _id: Id, sectionTitle: Type.String(), lectures: Type.Array(Lecture) })),
})
export type CourseOutline = Static<typeof CourseOutline>

export const PublishedLecture = Type.Object({
  _id: Id,
  lectureTitle: Type.String(),
  durationSeconds: Type.Number(),
})
export const PublishedSection = Type.Object({
  _id: Id,
  sectionTitle: Type.String(),
  lectures: Type.Array(PublishedLecture),
})
/** An immutable snapshot, as students see it. */
export const PublishedCourse = Type.Object({
  _id: Id,
  title: Type.String(),
  subtitle: Type.String(),
  category: Type.String(),
  creator: Id,
  version: Type.Integer(),
  publishedAt: Instant,
  totalLectures: Type.Integer(),
  durationSeconds: Type.Number(),
  sections: Type.Array(PublishedSection),
})
export type PublishedCourse = Static<typeof PublishedCourse>

export const Enrolment = Type.Object({ courseId: Id, userId: Id, enrolledAt: Instant })
export type Enrolment = Static<typeof Enrolment>

export const Playback = Type.Object({
  hlsUrl: Type.String(),
  videoUrl: Type.String(),
  posterUrl: Type.String(),
  storyboardUrl: Type.String(),
  captions: Type.Array(Type.Object({ language: Type.String(), url: Type.String() })),
  durationSeconds: Type.Number(),
  /** Until when the URLs work. */
  expiresAt: Instant,
})
export type Playback = Static<typeof Playback>

const CourseRef = Strict({ courseId: Id })
const LectureRef = Strict({ lectureId: Id })
const Grant = Type.String({ maxLength: 600 })
const FileName = Type.String({ pattern: '^[A-Za-z0-9_-]{1,80}\\.[a-z0-9]{1,5}$' })

export const courseApi = {
  createCourse: endpoint({
    method: 'POST',
    url: '/api/v1/course/create',
    summary: 'Create a draft course',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      body: Strict({
        title: Text(200),
        category: Text(80),
        subtitle: Type.Optional(Type.String({ maxLength: 300 })),
      }),
      response: { 201: Course },
    },
  }),
  addSection: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/section',
    summary: 'Append a section to a course',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, body: Strict({ sectionTitle: Text(200) }), response: { 201: Section } },
  }),
  addLecture: endpoint({
    method: 'POST',
    url: '/api/v1/course/:sectionId/lecture',
    summary: 'Append a lecture to a section',
    config: { access: 'instructor', rate: 'write' },
    schema: {
      params: Strict({ sectionId: Id }),
      body: Strict({ lectureTitle: Text(200) }),
      response: { 201: Lecture },
    },
  }),
  listPublished: endpoint({
    method: 'GET',
    url: '/api/v1/course/getpublished',
    summary: 'The catalogue: live courses, newest first, at most `limit`',
    config: { access: 'public', rate: 'read' },
    schema: {
      querystring: Strict({ limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }) }),
      response: { 200: Type.Array(PublishedCourse) },
    },
  }),
  getPublished: endpoint({
    method: 'GET',
    url: '/api/v1/course/published/:courseId',
    summary: 'The landing page of a live course',
    config: { access: 'public', rate: 'read' },
    schema: { params: CourseRef, response: { 200: PublishedCourse } },
  }),
  listTaught: endpoint({
    method: 'GET',
    url: '/api/v1/course/taught',
    summary: 'The courses the caller created, newest first',
    config: { access: 'instructor', rate: 'read' },
    schema: { response: { 200: Type.Array(Course) } },
  }),
  listEnrolled: endpoint({
    method: 'GET',
    url: '/api/v1/course/enrolled',
    summary: 'The courses the caller is enrolled in, latest enrolment first',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: Type.Array(PublishedCourse) } },
  }),
  getCourse: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId',
    summary: 'The outline for its people: the draft for its creator, the snapshot for enrolled students',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: CourseRef, response: { 200: Type.Union([CourseOutline, PublishedCourse]) } },
  }),
  getLecture: endpoint({
    method: 'GET',
    url: '/api/v1/course/lecture/:lectureId',
    summary: 'A lecture and the state of its video',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: Lecture } },
  }),
  getPlayback: endpoint({
    method: 'GET',
    url: '/api/v1/course/lecture/:lectureId/playback',
    summary: 'Signed URLs of what to play, relative to the gateway',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: Playback } },
  }),
  publish: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/publish',
    summary: 'Freeze the draft into a snapshot that students see',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, response: { 200: PublishedCourse } },
  }),
  unpublish: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/unpublish',
    summary: 'Take a course out of the catalogue; enrolled students keep it',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Course } },
  }),
  enroll: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/enroll',
    summary: 'Enrol the caller; 200 when enrolled already',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Enrolment, 201: Enrolment } },
  }),
  leave: endpoint({
    method: 'DELETE',
    url: '/api/v1/course/:courseId/enroll',
    summary: 'End the enrolment of the caller; their progress is kept',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: CourseRef, response: { 200: Message } },
  }),
  mediaFile: endpoint({
    method: 'GET',
    url: '/api/v1/media/:grant/:file',
    summary: 'A file of a published video, by the signed grant in its URL; answers Range requests',
    config: { access: 'signed-url', rate: 'media' },
    schema: { params: Strict({ grant: Grant, file: FileName }), response: {} },
  }),
  mediaRungFile: endpoint({
    method: 'GET',
    url: '/api/v1/media/:grant/:rung/:file',
    summary: 'A playlist, segment or header of one rung of the ladder, by the same grant',
    config: { access: 'signed-url', rate: 'media' },
    schema: {
      params: Strict({
        grant: Grant,
        rung: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' }),
        file: FileName,
      }),
      response: {},
    },
  }),
}

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
      Type.Object({ lectureId: Id, lectureTitle: Type.String(), durationSeconds: Seconds }),
    ),
  }),
)
export const courseWithdrawn = event(
  'course.withdrawn',
  Type.Object({ courseId: Id, version: Type.Integer() }),
)
/** `sequence` counts the times this student joined or left this course; a listener keeps the largest. */
const EnrolmentFact = Type.Object({ courseId: Id, userId: Id, sequence: Type.Integer(), at: Instant })
export const enrolmentCreated = event('enrolment.created', EnrolmentFact)
export const enrolmentEnded = event('enrolment.ended', EnrolmentFact)
