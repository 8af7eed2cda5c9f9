import { clickHouseAccount } from '@aetherlearn/service-kit/clickhouse'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createClickHouseHistory } from './clickhouse.ts'
import { createMongoHistory } from './mongo-store.ts'
import type { History } from './port.ts'

type HistorySettings = {
  HISTORY: 'mongo' | 'clickhouse'
  HISTORY_KEPT_DAYS: number
  CLICKHOUSE_URL: string
  CLICKHOUSE_DATABASE: string
  CLICKHOUSE_USER: string
  CLICKHOUSE_PASSWORD: string
}
/** Before `prepareModels`, which makes the collections of the models that are there. */
export type OpenHistory = (mongo: MongoConnection) => History

/** The driver that the settings name; another store is one more line here. */
export const historyAt =
  (config: HistorySettings): OpenHistory =>
  (mongo) =>
    config.HISTORY === 'mongo'
      ? createMongoHistory(mongo, config.HISTORY_KEPT_DAYS)
      : createClickHouseHistory({
          ...clickHouseAccount(config),
          keptDays: config.HISTORY_KEPT_DAYS,
        })
