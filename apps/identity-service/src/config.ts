import { mongoSettings, redisStateSettings, serverSettings } from '@aetherlearn/service-kit/config'
import { Type } from 'typebox'

export const Config = Type.Object({
  ...serverSettings('identity-service'),
  ...mongoSettings,
  ...redisStateSettings,
  MONGO_DATABASE: Type.String({ minLength: 1, default: 'identity' }),
  /** How long an access token works; a changed role or an ended session is felt this much later at most. */
  ACCESS_TOKEN_SECONDS: Type.Integer({ minimum: 1, maximum: 86_400, default: 900 }),
  /** A session ends when it was not refreshed for this long. */
  SESSION_DAYS: Type.Integer({ minimum: 1, maximum: 365, default: 30 }),
  /** The first admin, made at start where there is none. Both or neither. */
  ADMIN_EMAIL: Type.String({ default: '' }),
  ADMIN_PASSWORD: Type.String({ default: '', maxLength: 200 }),
})
