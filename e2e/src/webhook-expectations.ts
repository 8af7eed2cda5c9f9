import { answers, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const url = '/api/v1/analytics/instructor/:courseId/webhooks'
const ofCourse = { params: ({ courseId }: Scene) => ({ courseId }) }
/** Of an id that no webhook has. */
const ofNone = {
  params: ({ courseId }: Scene) => ({ courseId, webhookId: courseId, deliveryId: courseId }),
  ...answers(401, 403, 403, 403, 404, 404),
}

/** Webhooks are for those who may change the course. */
export const webhookExpectations: Record<string, Expectation> = {
  [`GET ${url}`]: { ...ofCourse, ...answers(401, 403, 403, 403, 200, 200) },
  [`POST ${url}`]: {
    ...ofCourse,
    body: () => ({ url: 'https://example.org/hook', events: ['enrolment.created'] }),
    ...answers(401, 403, 403, 403, 201, 201),
  },
  [`PATCH ${url}/:webhookId`]: { body: () => ({ enabled: false }), ...ofNone },
  [`DELETE ${url}/:webhookId`]: ofNone,
  [`POST ${url}/:webhookId/secret`]: ofNone,
  [`POST ${url}/:webhookId/ping`]: ofNone,
  [`GET ${url}/:webhookId/deliveries`]: ofNone,
  [`POST ${url}/:webhookId/deliveries/:deliveryId/redeliver`]: ofNone,
}
