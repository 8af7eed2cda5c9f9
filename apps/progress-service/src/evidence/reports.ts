import {
  EVIDENCE_SCHEMA,
  EVIDENCE_TYPE,
  type EvidenceReport,
  type SignedEvidence,
} from '@aetherlearn/contracts/progress/evidence'
import { totalsOf } from '@aetherlearn/sdk/evidence'
import type { NamesStore } from '../notes/names-store.ts'
import type { Checkpoints } from './checkpoints.ts'
import type { KeyStore } from './key-store.ts'
import { told, type Scope } from './rules.ts'
import type { EvidenceStore } from './store.ts'

export type ReportDeps = {
  chains: Pick<EvidenceStore, 'head' | 'entries'>
  checkpoints: Pick<Checkpoints, 'anchorOf'>
  names: Pick<NamesStore, 'titles'>
  keys: Pick<KeyStore, 'signer'>
  now: () => number
}
/** Of a learner without a chain: there is nothing to hide. */
const NO_SALT = 'A'.repeat(22)

export function createReports({ chains, checkpoints, names, keys, now }: ReportDeps) {
  return {
    /** What is sealed of a learner, as far as it is asked for, and signed. */
    async issue(userId: string, scope: Scope): Promise<SignedEvidence> {
      const sign = await keys.signer()
      const head = await chains.head(userId)
      const all = head === undefined ? [] : await chains.entries(userId)
      const anchor = head && (await checkpoints.anchorOf(head.place, all))
      const entries = told(all, scope)
      const courseIds = new Set(entries.flatMap(({ parts = [] }) => parts.map(({ courseId }) => courseId)))
      courseIds.delete('')
      const report: EvidenceReport = {
        schema: EVIDENCE_SCHEMA,
        userId,
        issuedAt: new Date(now()).toISOString(),
        scope,
        totals: totalsOf(entries),
        titles: await names.titles([...courseIds]),
        salt: head?.salt ?? NO_SALT,
        length: all.length,
        entries,
        ...(anchor && { anchor }),
      }
      return { report, signature: await sign(report, EVIDENCE_TYPE) }
    },
  }
}
export type Reports = ReturnType<typeof createReports>
