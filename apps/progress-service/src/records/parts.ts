import { tokenRules } from '@aetherlearn/service-kit/auth'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createLaunches, type LaunchDeps } from '../cmi5/launches.ts'
import { createLaunchStore } from '../cmi5/store.ts'
import { createAccess, type AccessDeps } from './access.ts'
import { createActivityStore } from './activities-store.ts'
import { createDocumentStore } from './documents-store.ts'
import { createKeyStore } from './keys-store.ts'
import { createStatementStore } from './store.ts'

type Deps = Pick<LaunchDeps, 'packages' | 'completion' | 'now'> & Pick<AccessDeps, 'directory'>

/** The record store, and the launches whose sessions write to it. */
export function openRecords(mongo: MongoConnection, deps: Deps) {
  // By which statements name people of ours; the export of playbacks names them so, too.
  const homePage = tokenRules.issuer
  const statements = createStatementStore(mongo, homePage)
  const activities = createActivityStore(mongo)
  const documents = createDocumentStore(mongo)
  const keys = createKeyStore(mongo)
  const stores = { statements, activities, documents }
  const launched = createLaunches({ ...deps, ...stores, launches: createLaunchStore(mongo), homePage })
  const { findSession, sessions } = launched
  return {
    ...stores,
    keys,
    launched,
    sessions,
    homePage,
    access: createAccess({ ...deps, keys, findSession, homePage }),
  }
}
export type Records = ReturnType<typeof openRecords>
