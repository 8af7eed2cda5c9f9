import { clickHouseAccount } from '@aetherlearn/service-kit/clickhouse'
import type { Redis } from 'ioredis'
import { createDrain } from './drain.ts'
import { createEventTable } from './event-table.ts'
import { createFeed } from './feed.ts'
import { createGate } from './gate.ts'
import { createKafkaLog } from './kafka.ts'
import type { Pseudonyms } from './pseudonym-store.ts'
import type { EventLogSettings } from './settings.ts'
import { countedByTable, type StudentCounts } from './student-counts.ts'

export type EventLogDeps = { redis: Redis; pseudonyms: Pseudonyms; readTimeoutMs?: number }

/** All parts of the event log that the settings name. Opens nothing before it is used. */
export function openEventLog(config: EventLogSettings, deps: EventLogDeps) {
  const { redis, pseudonyms, readTimeoutMs } = deps
  const log = createKafkaLog({
    brokers: config.KAFKA_BROKERS.split(','),
    topic: config.KAFKA_TOPIC,
    partitions: config.KAFKA_PARTITIONS,
  })
  const table = createEventTable({
    ...clickHouseAccount(config),
    keptDays: config.EVENT_LOG_KEPT_DAYS,
    ...(readTimeoutMs !== undefined && { readTimeoutMs }),
  })
  return {
    ...createGate({ redis, mostWaiting: config.EVENT_LOG_MOST_WAITING }),
    table,
    countedBy: (others: StudentCounts) => countedByTable(table, others),
    ...createDrain({ redis, log, pseudonyms }),
    ...createFeed({ log, table }),
    close: () => log.close(),
  }
}
export type OpenEventLog = ReturnType<typeof openEventLog>
