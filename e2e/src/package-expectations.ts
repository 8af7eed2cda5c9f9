import { all, answers, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const ofLecture = { params: ({ courseId, lectureId }: Scene) => ({ courseId, lectureId }) }
const query = { itemId: 'intro' }
/** Enrolled, but the lecture is a video. */
const NO_PACKAGE = 409

/** What packages keep is their student's alone; others are not enrolled. */
export const packageExpectations: Record<string, Expectation> = {
  'POST /api/v1/progress/package/:courseId/:lectureId/session': {
    ...ofLecture,
    body: () => ({ itemId: 'intro' }),
    ...answers(401, 403, NO_PACKAGE, 403, 403, 403),
  },
  'GET /api/v1/progress/package/:courseId/:lectureId/state': {
    ...ofLecture,
    query,
    ...answers(401, 403, NO_PACKAGE, 403, 403, 403),
  },
  'PUT /api/v1/progress/package/:courseId/:lectureId/state': {
    ...ofLecture,
    body: () => ({ itemId: 'intro', sessionId: '0123456789abcdef01234567', sequence: 1, cmi: {} }),
    ...answers(401, 403, NO_PACKAGE, 403, 403, 403),
  },
  'POST /api/v1/package/state': {
    body: () => ({ sessionId: '0123456789abcdef01234567', sequence: 1, cmi: {}, ticket: 'none' }),
    ...all(403),
  },
}
