import {
  identitySettings,
  mongoSettings,
  redisStateSettings,
  serverSettings,
} from '@aetherlearn/service-kit/config'
import { Type } from 'typebox'
import { eventLogSettings } from './eventlog/settings.ts'
import { mailSettings } from './mail/settings.ts'
import { webhookSettings } from './webhooks/settings.ts'

export const Config = Type.Object({
  ...serverSettings('analytics-service'),
  ...mongoSettings,
  ...redisStateSettings,
  ...identitySettings,
  MONGO_DATABASE: Type.String({ minLength: 1, default: 'analytics' }),
  /** Counts reach MongoDB this much after they were made at the latest; the dashboard shows them at once. */
  FLUSH_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 86_400_000, default: 300_000 }),
  /** How long after its last report a playback is kept; sums stay for good. */
  PLAYBACKS_KEPT_DAYS: Type.Integer({ minimum: 1, maximum: 36_500, default: 400 }),
  /** How long an unknown course is waited for: the event of its publication may still be on its way. */
  COURSE_WAIT_MS: Type.Integer({ minimum: 0, maximum: 1200, default: 1000 }),
  ...eventLogSettings,
  ...mailSettings,
  ...webhookSettings,
})
