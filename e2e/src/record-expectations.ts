import { all, answers, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const ofCourse = { params: ({ courseId }: Scene) => ({ courseId }) }
/** Nobody’s access token is a credential of the record store. */
const refused = all(401)

export const recordExpectations: Record<string, Expectation> = {
  'GET /api/v1/xapi/about': all(200),
  'OPTIONS /api/v1/xapi/*': all(204),
  ...Object.fromEntries(
    ['activities/state', 'activities/profile', 'agents/profile'].flatMap((resource) =>
      ['GET', 'POST', 'PUT', 'DELETE'].map((method) => [`${method} /api/v1/xapi/${resource}`, refused]),
    ),
  ),
  'GET /api/v1/xapi/statements': refused,
  'POST /api/v1/xapi/statements': refused,
  'PUT /api/v1/xapi/statements': refused,
  'GET /api/v1/xapi/activities': refused,
  'POST /api/v1/xapi/activities': refused,
  'GET /api/v1/xapi/agents': refused,
  'POST /api/v1/xapi/agents': refused,
  // cmi5 §8.2.3: what cannot be fetched is said by a code in the answer.
  'POST /api/v1/xapi/cmi5/:ticket': { params: () => ({ ticket: 'a-ticket-of-no-session' }), ...all(200) },

  'GET /api/v1/progress/records/:courseId/keys': { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  'POST /api/v1/progress/records/:courseId/keys': {
    ...ofCourse,
    body: () => ({ name: 'Our statistics' }),
    ...answers(401, 403, 403, 403, 201, 201),
  },
  'DELETE /api/v1/progress/records/:courseId/keys/:keyId': {
    params: ({ courseId }) => ({ courseId, keyId: '0123456789abcdef01234567' }),
    ...answers(401, 403, 403, 403, 404, 404),
  },
  'POST /api/v1/progress/package/:courseId/:lectureId/launch': {
    params: ({ courseId, lectureId }) => ({ courseId, lectureId }),
    body: () => ({ itemId: 'https://publisher.test/unit', contentOrigin: 'https://content.test' }),
    // Its lecture is a video.
    ...answers(401, 403, 409, 403, 403, 403),
  },
}
