import { randomBytes } from 'node:crypto'
import { analyticsExpectations } from './analytics-expectations.ts'
import { all, answers, signedIn, type Expectation } from './expected.ts'
import { evidenceExpectations } from './evidence-expectations.ts'
import { identityExpectations } from './identity-expectations.ts'
import { noteExpectations } from './note-expectations.ts'
import { packageExpectations } from './package-expectations.ts'
import { recordExpectations } from './record-expectations.ts'
import { onePixel, type Scene } from './scene.ts'
import { tusExpectations } from './tus-expectations.ts'
import { webhookExpectations } from './webhook-expectations.ts'

const ofCourse = { params: ({ courseId }: Scene) => ({ courseId }) }
const ofSection = { params: ({ sectionId }: Scene) => ({ sectionId }) }
const ofLecture = { params: ({ lectureId }: Scene) => ({ lectureId }) }
const ofUpload = { params: ({ uploadId }: Scene) => ({ uploadId }) }
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
  ...identityExpectations,
  ...packageExpectations,
  ...recordExpectations,

  // course-service: courses
  'POST /api/v1/course/create': {
    body: () => ({ title: 'Mine', category: 'Tests' }),
    ...answers(401, 403, 403, 201, 201, 201),
  },
  'PATCH /api/v1/course/:courseId': {
    ...ofCourse,
    body: () => ({ description: 'About this and that' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'PATCH /api/v1/course/section/:sectionId': {
    ...ofSection,
    body: () => ({ sectionTitle: 'Renamed' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'DELETE /api/v1/course/section/:sectionId': {
    params: ({ disposable }) => ({ sectionId: disposable.sectionId }),
    undo: (scene) => scene.renewDisposable(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'POST /api/v1/course/section/:sectionId/move': {
    ...ofSection,
    body: () => ({ position: 0 }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'PATCH /api/v1/course/lecture/:lectureId': {
    ...ofLecture,
    body: () => ({ lectureTitle: 'Renamed' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'DELETE /api/v1/course/lecture/:lectureId': {
    params: ({ disposable }) => ({ lectureId: disposable.lectureId }),
    undo: (scene) => scene.renewDisposable(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'POST /api/v1/course/lecture/:lectureId/move': {
    ...ofLecture,
    body: ({ sectionId }) => ({ sectionId, position: 0 }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'PUT /api/v1/course/:courseId/thumbnail': {
    ...ofCourse,
    body: () => new Blob([onePixel], { type: 'image/png' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'DELETE /api/v1/course/:courseId/thumbnail': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'GET /api/v1/course/published/:courseId/thumbnail/:file': {
    params: ({ courseId }) => ({ courseId, file: 'large.webp' }),
    ...all(200),
  },
  'GET /api/v1/course/:courseId/people': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'PUT /api/v1/course/:courseId/people': {
    ...ofCourse,
    body: ({ spareId }) => ({ userId: spareId, role: 'viewer' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'DELETE /api/v1/course/:courseId/people/:userId': {
    params: ({ courseId, spareId }) => ({ courseId, userId: spareId }),
    undo: (scene) => scene.letSpareView(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/course/:courseId/students': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'POST /api/v1/course/:courseId/students': {
    ...ofCourse,
    body: ({ sessions }) => ({ userId: sessions.stranger.user.id }),
    undo: (scene) => scene.enrolOnlyStudent(),
    ...answers(401, 403, 403, 403, 201, 201),
  },
  'DELETE /api/v1/course/:courseId/students/:userId': {
    params: ({ courseId, sessions }) => ({ courseId, userId: sessions.student.user.id }),
    undo: (scene) => scene.enrolOnlyStudent(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'POST /api/v1/course/:courseId/duplicate': {
    ...ofCourse,
    body: () => ({ title: 'A copy' }),
    ...answers(401, 403, 403, 403, 201, 201),
  },
  'GET /api/v1/course/:courseId/export': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'POST /api/v1/course/import': {
    body: () => new Blob(['no archive'], { type: 'application/zip' }),
    ...answers(401, 403, 403, 415, 415, 415),
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
  'DELETE /api/v1/course/remove/:courseId': {
    params: ({ disposable }) => ({ courseId: disposable.courseId }),
    undo: (scene) => scene.renewCourse(),
    ...answers(401, 403, 403, 404, 200, 200),
  },
  'GET /api/v1/course/getpublished': all(200),
  'GET /api/v1/course/search': { query: { q: 'algebra' }, ...all(200) },
  'GET /api/v1/course/published/:courseId': { ...ofCourse, ...all(200) },
  'GET /api/v1/course/taught': answers(401, 403, 403, 200, 200, 200),
  'GET /api/v1/course/enrolled': signedIn(200),
  'GET /api/v1/course/:courseId': { ...ofCourse, ...answers(401, 403, 200, 403, 200, 200) },
  'GET /api/v1/course/lecture/:lectureId': { ...ofLecture, ...answers(401, 404, 200, 404, 200, 200) },
  'GET /api/v1/course/lecture/:lectureId/playback': {
    ...ofLecture,
    ...answers(401, 403, 200, 403, 200, 200),
  },
  'PUT /api/v1/course/lecture/:lectureId/package': {
    ...ofLecture,
    body: () => new Blob(['no archive'], { type: 'application/zip' }),
    ...answers(401, 403, 403, 403, 415, 415),
  },
  'DELETE /api/v1/course/lecture/:lectureId/package': {
    ...ofLecture,
    ...answers(401, 403, 403, 403, 409, 409),
  },
  'GET /api/v1/course/lecture/:lectureId/package': { ...ofLecture, ...answers(401, 403, 409, 403, 409, 409) },
  'GET /api/v1/package/:grant/*': { params: () => ({ grant: 'a.b', '*': 'index.html' }), ...all(403) },
  'GET /api/v1/course/lecture/:lectureId/captions': {
    ...ofLecture,
    ...answers(401, 403, 200, 403, 200, 200),
  },
  'GET /api/v1/course/lecture/:lectureId/captions/search': {
    ...ofLecture,
    query: { q: 'hello' },
    ...answers(401, 403, 200, 403, 200, 200),
  },
  'PUT /api/v1/course/lecture/:lectureId/captions/:language': {
    params: ({ lectureId }) => ({ lectureId, language: 'en' }),
    body: () => new Blob(['1\n00:00:00,000 --> 00:00:01,000\nHello\n'], { type: 'application/x-subrip' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'DELETE /api/v1/course/lecture/:lectureId/captions/:language': {
    params: ({ lectureId }) => ({ lectureId, language: 'fr' }),
    ...answers(401, 403, 403, 403, 404, 404),
  },
  'POST /api/v1/course/:courseId/publish': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'POST /api/v1/course/:courseId/unpublish': {
    ...ofCourse,
    undo: (scene) => scene.publishAgain(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'PUT /api/v1/course/:courseId/status': {
    ...ofCourse,
    body: () => ({ status: 'unlisted' }),
    undo: (scene) => scene.listAgain(),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/course/reviews': answers(401, 403, 403, 403, 403, 200),
  'GET /api/v1/course/:courseId/versions': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'GET /api/v1/course/:courseId/versions/:version': {
    params: ({ courseId }) => ({ courseId, version: 1 }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/course/:courseId/diff': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'POST /api/v1/course/:courseId/rollback': {
    ...ofCourse,
    body: () => ({ version: 1 }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'PUT /api/v1/course/:courseId/schedule': {
    ...ofCourse,
    body: () => ({ publishAt: '2999-01-01T00:00:00Z' }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'DELETE /api/v1/course/:courseId/schedule': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
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
  'GET /api/v1/media/:grant/allow': { params: ({ grant }) => ({ grant }), ...all(204) },
  'OPTIONS /api/v1/media/:grant/:file': {
    params: () => ({ grant: 'x', file: 'master.m3u8' }),
    ...all(204),
  },
  'OPTIONS /api/v1/media/:grant/:rung/:file': {
    params: () => ({ grant: 'x', rung: '360p', file: 'index.m3u8' }),
    ...all(204),
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
  // The stack of these tests keeps its objects on disk.
  'POST /api/v1/course/upload/:uploadId/parts': {
    ...ofUpload,
    body: () => ({ partNumbers: [1] }),
    ...answers(401, 403, 403, 404, 409, 404),
  },
  'POST /api/v1/course/upload/complete': {
    body: ({ uploadId, draftLectureId }) => ({ uploadId, lectureId: draftLectureId, totalChunks: 2 }),
    ...answers(401, 403, 403, 404, 409, 404),
  },
  'GET /api/v1/course/upload/:uploadId': { ...ofUpload, ...answers(401, 403, 403, 404, 200, 404) },
  'GET /api/v1/course/upload/usage': answers(401, 403, 403, 200, 200, 200),
  'DELETE /api/v1/course/upload/:uploadId': {
    params: ({ disposable }) => ({ uploadId: disposable.uploadId }),
    undo: (scene) => scene.renewUpload(),
    ...answers(401, 403, 403, 404, 200, 404),
  },
  ...tusExpectations,

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
  'GET /api/v1/progress/:courseId/lecture/:lectureId/completion': {
    params: ({ courseId, lectureId }) => ({ courseId, lectureId }),
    ...answers(401, 403, 200, 403, 403, 403),
  },
  'POST /api/v1/progress/batch': {
    body: ({ courseId, lectureId }) => ({
      events: [
        { id: randomBytes(8).toString('hex'), courseId, lectureId, watchTime: 1, clientTime: Date.now() },
      ],
    }),
    ...answers(401, 403, 200, 403, 403, 403),
  },
  'POST /api/v1/progress/heatmap/mark': signedIn(200),
  'GET /api/v1/progress/heatmap/data': signedIn(200),
  'GET /api/v1/progress/export': signedIn(200),
  'GET /api/v1/progress/activity': signedIn(200),
  'GET /api/v1/progress/settings': signedIn(200),
  'PUT /api/v1/progress/settings': { body: () => ({ timeZone: 'Europe/Berlin' }), ...signedIn(200) },
  ...noteExpectations,
  ...evidenceExpectations,
  'GET /api/v1/stats/course-progress': signedIn(200),
  'GET /api/v1/stats/student': signedIn(200),

  ...analyticsExpectations,
  ...webhookExpectations,
}
