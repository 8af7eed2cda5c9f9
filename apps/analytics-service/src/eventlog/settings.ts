import { clickHouseSettings } from '@aetherlearn/service-kit/clickhouse'
import { neededWith } from '@aetherlearn/service-kit/config'
import { Type, type Static, type TObject } from 'typebox'
import type { EventLogDeps, OpenEventLog } from './open.ts'

export const eventLogSettings = {
  /** Where every event that is counted goes as well: nowhere, or through Kafka into ClickHouse. */
  EVENT_LOG: Type.Union([Type.Literal('none'), Type.Literal('kafka')], { default: 'none' }),
  /** Events are so far behind at most, at each of the two steps, while Kafka and ClickHouse answer. */
  EVENT_LOG_INTERVAL_MS: Type.Integer({ minimum: 10, maximum: 3_600_000, default: 1000 }),
  /** So many events wait in Redis at most, of some 500 bytes each; beyond them none are logged. */
  EVENT_LOG_MOST_WAITING: Type.Integer({ minimum: 1, default: 1_000_000 }),
  /** Days after which ClickHouse forgets events; 0: never. */
  EVENT_LOG_KEPT_DAYS: Type.Integer({ minimum: 0, maximum: 36_500, default: 0 }),
  /** As `kafka-1:9092,kafka-2:9092`. */
  KAFKA_BROKERS: neededWith('EVENT_LOG', 'kafka', '^([^\\s,:/]+:\\d+(,[^\\s,:/]+:\\d+)*)?$'),
  KAFKA_TOPIC: Type.String({ pattern: '^[A-Za-z0-9._-]{1,249}$', default: 'aetherlearn.analytics' }),
  /** Of a topic that is not there yet. */
  KAFKA_PARTITIONS: Type.Integer({ minimum: 1, maximum: 1000, default: 8 }),
  ...clickHouseSettings('EVENT_LOG', 'kafka'),
}
export type EventLogSettings = Static<TObject<typeof eventLogSettings>>

export type OpenLog = (deps: Omit<EventLogDeps, 'readTimeoutMs'>) => OpenEventLog
/** What the settings name; undefined where no log is kept: then Kafka's client, 66 MB, is not loaded either. */
export async function eventLogAt(config: EventLogSettings): Promise<OpenLog | undefined> {
  if (config.EVENT_LOG === 'none') return undefined
  const { openEventLog } = await import('./open.ts')
  return (deps) => openEventLog(config, deps)
}
