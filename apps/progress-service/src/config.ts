import { clickHouseSettings } from '@aetherlearn/service-kit/clickhouse'
import {
  identitySettings,
  mongoSettings,
  redisCacheSettings,
  redisStateSettings,
  serverSettings,
} from '@aetherlearn/service-kit/config'
import { Type } from 'typebox'

export const Config = Type.Object({
  ...serverSettings('progress-service'),
  ...mongoSettings,
  ...redisStateSettings,
  ...redisCacheSettings,
  ...identitySettings,
  MONGO_DATABASE: Type.String({ minLength: 1, default: 'progress' }),
  /** Positions reach MongoDB this much after they were saved at the latest. */
  FLUSH_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 86_400_000, default: 300_000 }),
  /** How long a caller without an enrolment is waited for: the event may still be on its way. */
  ENROLMENT_WAIT_MS: Type.Integer({ minimum: 0, maximum: 1200, default: 1000 }),
  /** Where the history of students' activity is kept: a time-series collection of ours, or a ClickHouse server. */
  HISTORY: Type.Union([Type.Literal('mongo'), Type.Literal('clickhouse')], { default: 'mongo' }),
  /** The history is so far behind at most, while it answers. */
  HISTORY_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 3_600_000, default: 5000 }),
  /** Days after which the history forgets; 0: never. Evidence is corrected from it for 32 days. */
  HISTORY_KEPT_DAYS: Type.Union([Type.Literal(0), Type.Integer({ minimum: 40, maximum: 36_500 })], {
    default: 0,
  }),
  /** Evidence of learning time is sealed so long after a day is over, at most. */
  EVIDENCE_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 86_400_000, default: 600_000 }),
  /** What evidence is signed with: an Ed25519 key, PKCS #8 in base64. Empty: one is made and kept in the database. */
  EVIDENCE_SIGNING_KEY: Type.String({
    default: '',
    pattern: '^(MC4CAQAwBQYDK2VwBCIEI[A-Za-z0-9+/]{43})?$',
  }),
  ...clickHouseSettings('HISTORY', 'clickhouse'),
})
