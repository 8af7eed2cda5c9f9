import { all, answers, signedIn, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const ofCourse = { params: ({ courseId }: Scene) => ({ courseId }) }
const ofStudent = {
  params: ({ courseId, sessions }: Scene) => ({ courseId, userId: sessions.student.user.id }),
}

/** Statistics are for those who work on the course; everybody may be counted. */
export const analyticsExpectations: Record<string, Expectation> = {
  'POST /api/v1/analytics/view/:courseId': { ...ofCourse, ...signedIn(200) },
  'POST /api/v1/analytics/telemetry': {
    body: ({ courseId, lectureId }) => ({ courseId, lectureId, watchTimeDelta: 1 }),
    ...signedIn(200),
  },
  'GET /api/v1/analytics/instructor/:courseId/export/csv': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/export/xapi': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/export/parquet': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'POST /api/v1/analytics/instructor/watch': {
    body: ({ courseId }) => ({ courseId }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/lecture/:lectureId/heat': {
    params: ({ courseId, lectureId }) => ({ courseId, lectureId }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/lecture/:lectureId/versions': {
    params: ({ courseId, lectureId }) => ({ courseId, lectureId }),
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/difficulty': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/export': signedIn(200),
  'GET /api/v1/analytics/consent': signedIn(200),
  'PUT /api/v1/analytics/consent': { body: () => ({ personal: true }), ...signedIn(200) },
  'GET /api/v1/analytics/messages': signedIn(200),
  'POST /api/v1/analytics/messages/:messageId/read': {
    params: ({ courseId }) => ({ messageId: courseId }),
    ...signedIn(404),
  },
  'GET /api/v1/analytics/messages/settings': signedIn(200),
  'PUT /api/v1/analytics/messages/settings': {
    body: () => ({ nudges: 'inbox', digests: 'inbox' }),
    ...signedIn(200),
  },
  'GET /api/v1/analytics/messages/unsubscribe': { query: { token: 'forged' }, ...all(403) },
  'POST /api/v1/analytics/messages/unsubscribe': { query: { token: 'forged' }, ...all(403) },
  'GET /api/v1/analytics/instructor/:courseId/digests': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/nudges': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  // Nobody of the scene is at risk.
  'GET /api/v1/analytics/instructor/:courseId/student/:userId/nudge': {
    ...ofStudent,
    ...answers(401, 403, 403, 403, 409, 409),
  },
  'POST /api/v1/analytics/instructor/:courseId/student/:userId/nudge': {
    ...ofStudent,
    body: () => ({}),
    ...answers(401, 403, 403, 403, 409, 409),
  },
  'GET /api/v1/analytics/instructor/:courseId/cohorts': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId/at-risk': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/analytics/instructor/:courseId': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'GET /api/v1/analytics/instructor/:courseId/compare': {
    ...ofCourse,
    query: {
      from: '2026-02-01',
      to: '2026-02-28',
      againstFrom: '2026-01-01',
      againstTo: '2026-01-31',
    },
    ...answers(401, 403, 403, 403, 200, 200),
  },
}
