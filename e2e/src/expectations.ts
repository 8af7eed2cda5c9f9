import { randomBytes } from 'node:crypto'
import { demoPassword, studentEmail } from '@aetherlearn/local-stack/demo'
import type { Caller, Scene } from './scene.ts'

type Body = object | FormData | Blob
export type Expectation = {
  params?: (scene: Scene) => Record<string, unknown>
  query?: Record<string, unknown>
  body?: (scene: Scene) => Body | Promise<Body>
  /** After each call, so that the next caller finds what the first one found. */
  undo?: (scene: Scene) => Promise<unknown>
  expected: Record<Caller, number>
}

/** In the order of the columns: anonymous, stranger, student, instructor, owner, admin. */
const answers = (
  ...[anonymous, stranger, student, instructor, owner, admin]: [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
) => ({ expected: { anonymous, stranger, student, instructor, owner, admin } })

const all = (status: number) => answers(status, status, status, status, status, status)
const signedIn = (status: number) => answers(401, status, status, status, status, status)

const ofCourse = { params: ({ courseId }: Scene) => ({ courseId }) }
const ofSection = { params: ({ sectionId }: Scene) => ({ sectionId }) }
const ofLecture = { params: ({ lectureId }: Scene) => ({ lectureId }) }
const ofUpload = { params: ({ uploadId }: Scene) => ({ uploadId }) }
const somebody = () => ({
  email: `${randomBytes(6).toString('hex')}@example.org`,
  password: demoPassword,
  fullName: 'New',
})
const bytes = () => new Blob([new Uint8Array(10)], { type: 'application/octet-stream' })
const chunkForm = ({ uploadId }: Scene) => {
  const form = new FormData()
  form.set('uploadId', uploadId)
  form.set('index', '0')
  form.set('file', bytes(), 'chunk')
  return form
}

/** Every route of the system and what each kind of caller is answered. */
export const expectations: Record<string, Expectation> = {
  // identity-service
  'POST /api/v1/auth/signup': { body: somebody, ...all(201) },
  'POST /api/v1/auth/signin': { body: () => ({ email: studentEmail, password: demoPassword }), ...all(200) },
  'POST /api/v1/auth/refresh': {
    body: async (scene) => ({ refreshToken: await scene.freshRefreshToken() }),
    ...all(200),
  },
  'POST /api/v1/auth/signout': signedIn(200),
  'GET /api/v1/users/me': signedIn(200),
  'GET /api/v1/users': answers(401, 403, 403, 403, 403, 200),
  'PATCH /api/v1/users/:userId': {
    params: ({ spareId }) => ({ userId: spareId }),
    body: () => ({ role: 'student' }),
    ...answers(401, 403, 403, 403, 403, 200),
  },
  'GET /.well-known/jwks.json': all(200),

  // course-service: courses
  'POST /api/v1/course/create': {
    body: () => ({ title: 'Mine', category: 'Tests' }),
    ...answers(401, 403, 403, 201, 201, 201),
  },
  'POST /api/v1/course/:courseId/section': {
    ...ofCourse,
    body: () => ({ sectionTitle: 'More' }),
    ...answers(401, 403, 403, 403, 201, 201),
  },
  'POST /api/v1/course/:sectionId/lecture': {
    ...ofSection,
    body: () => ({ lectureTitle: 'More' }),
    ...answers(401, 403, 403, 403, 201, 201),
  },
  'GET /api/v1/course/getpublished': all(200),
  'GET /api/v1/course/published/:courseId': { ...ofCourse, ...all(200) },
  'GET /api/v1/course/taught': answers(401, 403, 403, 200, 200, 200),
  'GET /api/v1/course/enrolled': signedIn(200),
  'GET /api/v1/course/:courseId': { ...ofCourse, ...answers(401, 403, 200, 403, 200, 200) },
  'GET /api/v1/course/lecture/:lectureId': { ...ofLecture, ...answers(401, 404, 200, 404, 200, 200) },
  'GET /api/v1/course/lecture/:lectureId/playback': {
    ...ofLecture,
    ...answers(401, 403, 200, 403, 200, 200),
  },
  'POST /api/v1/course/:courseId/publish': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'POST /api/v1/course/:courseId/unpublish': {
    ...ofCourse,
    undo: (scene) => scene.publishAgain(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'POST /api/v1/course/:courseId/enroll': {
    ...ofCourse,
    undo: (scene) => scene.enrolOnlyStudent(),
    ...answers(401, 201, 200, 201, 201, 201),
  },
  'DELETE /api/v1/course/:courseId/enroll': {
    ...ofCourse,
    undo: (scene) => scene.enrolOnlyStudent(),
    ...answers(401, 403, 200, 403, 403, 403),
  },
  'GET /api/v1/media/:grant/:file': { params: ({ grant, file }) => ({ grant, file }), ...all(200) },
  'GET /api/v1/media/:grant/:rung/:file': {
    params: ({ grant }) => ({ grant: `${grant.slice(0, -2)}AA`, rung: '0', file: 'index.m3u8' }),
    ...all(403),
  },

  // course-service: uploads
  'POST /api/v1/course/upload/initialize': {
    body: ({ draftLectureId }) => ({ lectureId: draftLectureId }),
    ...answers(401, 403, 403, 404, 200, 200),
  },
  'POST /api/v1/course/upload/chunk': { body: chunkForm, ...answers(401, 403, 403, 404, 200, 404) },
  'PUT /api/v1/course/upload/:uploadId/chunk/:index': {
    params: ({ uploadId }) => ({ uploadId, index: 0 }),
    body: bytes,
    ...answers(401, 403, 403, 404, 200, 404),
  },
  'POST /api/v1/course/upload/complete': {
    body: ({ uploadId, draftLectureId }) => ({ uploadId, lectureId: draftLectureId, totalChunks: 2 }),
    ...answers(401, 403, 403, 404, 409, 404),
  },
  'GET /api/v1/course/upload/:uploadId': { ...ofUpload, ...answers(401, 403, 403, 404, 200, 404) },

  // progress-service
  'POST /api/v1/progress/save': {
    body: ({ courseId, lectureId }) => ({ courseId, lectureId, watchTime: 1 }),
    ...answers(401, 403, 200, 403, 403, 403),
  },
  'POST /api/v1/progress/complete': {
    body: ({ courseId, lectureId }) => ({ courseId, lectureId }),
    ...answers(401, 403, 200, 403, 403, 403),
  },
  'GET /api/v1/progress/:courseId': { ...ofCourse, ...answers(401, 403, 200, 403, 403, 403) },
  'POST /api/v1/progress/heatmap/mark': signedIn(200),
  'GET /api/v1/progress/heatmap/data': signedIn(200),
  'GET /api/v1/stats/course-progress': signedIn(200),
  'GET /api/v1/stats/student': signedIn(200),

  // analytics-service
  'POST /api/v1/analytics/view/:courseId': { ...ofCourse, ...signedIn(200) },
  'POST /api/v1/analytics/telemetry': {
    body: ({ courseId, lectureId }) => ({ courseId, lectureId, watchTimeDelta: 1 }),
    ...signedIn(200),
  },
  'GET /api/v1/analytics/instructor/:courseId': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
}
