import type { Session, User } from '@aetherlearn/contracts/identity'
import type { SignToken } from '../keys/signer.ts'
import type { Grant } from './store.ts'

/** What a client gets for signing in: both tokens and who it is. */
export type IssueSession = (user: User, grant: Grant) => Promise<Session>

export const createIssuer =
  (sign: SignToken, expiresInSeconds: number): IssueSession =>
  async (user, { sessionId, refreshToken }) => ({
    accessToken: await sign({ userId: user.id, role: user.role, sessionId }),
    refreshToken,
    expiresInSeconds,
    user,
  })
