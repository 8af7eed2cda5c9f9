import { all, answers, signedIn, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const ofCourse = { params: ({ courseId }: Scene) => ({ courseId }) }

/** Everybody has the own learning time; a course's people have that of its learners, once a day of it is sealed. */
export const evidenceExpectations: Record<string, Expectation> = {
  'GET /api/v1/progress/evidence': signedIn(200),
  'GET /api/v1/progress/evidence/days.csv': signedIn(200),
  'GET /api/v1/progress/evidence/keys': all(200),
  'GET /api/v1/progress/evidence/checkpoints': all(200),
  'POST /api/v1/progress/evidence/verify': {
    body: () => ({ evidence: { report: {}, signature: {} } }),
    ...all(200),
  },
  'GET /api/v1/progress/evidence/:courseId/learners': {
    ...ofCourse,
    ...answers(401, 403, 403, 403, 200, 200),
  },
  'GET /api/v1/progress/evidence/:courseId/learners/:userId': {
    params: ({ courseId, sessions }) => ({ courseId, userId: sessions.student.user.id }),
    ...answers(401, 403, 403, 403, 404, 404),
  },
}
