import type { Erasure } from '@aetherlearn/service-kit/erasure'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Logger } from 'pino'
import type { History } from '../history/port.ts'
import type { NamesStore } from '../notes/names-store.ts'
import { createCheckpointStore } from './checkpoint-store.ts'
import { createCheckpoints } from './checkpoints.ts'
import type { DueStore } from './due-store.ts'
import { createKeyStore } from './key-store.ts'
import { createReports } from './reports.ts'
import { createSealer } from './sealer.ts'
import { createEvidenceStore } from './store.ts'

export type EvidenceOptions = {
  mongo: MongoConnection
  due: DueStore
  history: Pick<History, 'courseDays'>
  erasure: Pick<Erasure, 'among'>
  names: Pick<NamesStore, 'titles'>
  /** '' makes a key and keeps it. */
  signingKey: string
  log: Pick<Logger, 'warn'>
  now: () => number
}

/** What the evidence of learning time is made, kept and told by. */
export function openEvidence({ mongo, due, history, erasure, names, signingKey, log, now }: EvidenceOptions) {
  const chains = createEvidenceStore({ connection: mongo, due, erasure, now })
  const checkpointRows = createCheckpointStore(mongo)
  const keys = createKeyStore(mongo, signingKey)
  const sealer = createSealer({ due, history, store: chains, now })
  const checkpoints = createCheckpoints({ store: checkpointRows, chains, due, keys, log, now })
  const reports = createReports({ chains, checkpoints, names, keys, now })
  const round = async () => {
    await sealer.sealOnce()
    await checkpoints.checkpointOnce()
  }
  return { due, chains, checkpointRows, checkpoints, keys, reports, sealer, round }
}
