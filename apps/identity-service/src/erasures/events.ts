import { erasureDone } from '@aetherlearn/contracts/identity'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { ErasureStore } from './store.ts'

/** What the other services have removed. */
export const erasureEvents = (erasures: Pick<ErasureStore, 'record'>): EventHandler[] => [
  on(erasureDone, ({ caseId, ...done }, session) => erasures.record(caseId, done, session)),
]
