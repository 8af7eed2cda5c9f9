import { randomBytes } from 'node:crypto'
import { demoPassword, studentEmail } from '@aetherlearn/local-stack/demo'
import { all, answers, signedIn, type Expectation } from './expected.ts'

const somebody = () => ({
  email: `${randomBytes(6).toString('hex')}@example.org`,
  password: demoPassword,
  fullName: 'New',
})

/** The routes of identity-service. */
export const identityExpectations: Record<string, Expectation> = {
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
  'DELETE /api/v1/users/me': {
    body: () => ({ password: 'not this one' }),
    ...answers(401, 403, 403, 409, 409, 409),
  },
  'DELETE /api/v1/users/:userId': {
    params: ({ sessions }) => ({ userId: sessions.owner.user.id }),
    ...answers(401, 403, 403, 403, 403, 409),
  },
  'POST /api/v1/users/erasure': { body: () => ({ receipt: 'r'.repeat(43) }), ...all(404) },
  'GET /api/v1/users/:userId/erasure': {
    params: ({ sessions }) => ({ userId: sessions.owner.user.id }),
    ...answers(401, 403, 403, 403, 403, 404),
  },
  'GET /.well-known/jwks.json': all(200),
}
