import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { createAccountStore } from './accounts/store.ts'
import { createAudit } from './audit/store.ts'
import { createErasureStore } from './erasures/store.ts'
import { createKeyStore } from './keys/store.ts'
import { createSessionStore } from './sessions/store.ts'

export type StoreSettings = {
  /** A session ends when it was not refreshed for this long. */
  sessionSeconds: number
  clock?: () => Date
}

/** Every store of the service on one connection; opens nothing itself. */
export function openStores(connection: MongoConnection, outbox: Outbox, settings: StoreSettings) {
  const clock = settings.clock ?? (() => new Date())
  const audit = createAudit(connection, clock)
  const sessions = createSessionStore({ connection, audit, clock, lifeSeconds: settings.sessionSeconds })
  const erasures = createErasureStore(connection)
  return {
    audit,
    sessions,
    erasures,
    accounts: createAccountStore({ connection, outbox, audit, sessions, erasures, clock }),
    keys: createKeyStore(connection),
  }
}
export type Stores = ReturnType<typeof openStores>
