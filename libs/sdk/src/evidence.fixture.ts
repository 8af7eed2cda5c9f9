import {
  CHECKPOINT_SCHEMA,
  CHECKPOINT_TYPE,
  EVIDENCE_SCHEMA,
  EVIDENCE_TYPE,
  type Checkpoint,
  type EvidenceEntry,
  type EvidenceReport,
  type SignedEvidence,
} from '@aetherlearn/contracts/progress/evidence'
import { genesisHash, makeEntry, sha256 } from './evidence-hash.ts'
import { createSigner } from './evidence-signature.ts'
import { leafBytes } from './evidence-tree.ts'
import { totalsOf } from './evidence.ts'

const salt = (number: number) => String(number).padStart(22, 'A')
export const ANA = 'a'.repeat(24)
export const [ALGEBRA, LATIN] = ['1'.repeat(24), '2'.repeat(24)]
const NOON = '2026-05-20T12:00:00.000Z'

export type Keys = Awaited<ReturnType<typeof aKey>>
export async function aKey(kid = 'key') {
  const pair = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify'])
  if (!('publicKey' in pair)) throw new Error('Ed25519 makes pairs')
  const jwk = await crypto.subtle.exportKey('jwk', pair.publicKey)
  return { sign: createSigner(kid, pair.privateKey), keys: { keys: [{ ...jwk, kid }] } }
}

/** A chain of so many days; the last entry corrects the first day. */
export async function aChain(days: number): Promise<EvidenceEntry[]> {
  const entries: EvidenceEntry[] = []
  let previous = await genesisHash(ANA, salt(0))
  for (let seq = 1; seq <= days + 1; seq += 1) {
    const day = seq > days ? 1 : seq
    const part = (courseId: string, minutes: number, number: number) => ({
      courseId,
      minutes,
      lateMinutes: 0,
      completions: 1,
      salt: salt(seq * 10 + number),
    })
    const entry = await makeEntry(seq, previous, {
      date: `2026-05-${String(day).padStart(2, '0')}`,
      sealedAt: NOON,
      ...(seq > days && { corrects: 1 }),
      salt: salt(seq * 10),
      parts: [part(ALGEBRA, seq, 1), part(LATIN, 2 * seq, 2)],
    })
    entries.push(entry)
    previous = entry.hash
  }
  return entries
}

/** As the service would sign it; the checkpoint knows the first `anchored` entries. */
export async function signed(
  { sign }: Keys,
  entries: EvidenceEntry[],
  changes: Partial<EvidenceReport> = {},
  anchored = entries.length,
): Promise<SignedEvidence> {
  const { seq, hash } = entries[anchored - 1] ?? { seq: 1, hash: '' }
  const checkpoint: Checkpoint = {
    schema: CHECKPOINT_SCHEMA,
    number: 1,
    at: NOON,
    through: '2026-05-19',
    places: 1,
    erased: 0,
    broken: [],
    root: await sha256(leafBytes({ place: 1, seq, hash })),
    previous: '0'.repeat(64),
  }
  const signature = await sign(checkpoint, CHECKPOINT_TYPE)
  const report: EvidenceReport = {
    schema: EVIDENCE_SCHEMA,
    userId: ANA,
    issuedAt: NOON,
    scope: {},
    totals: totalsOf(entries),
    titles: { [ALGEBRA]: 'Algebra' },
    salt: salt(0),
    length: entries.length,
    entries,
    anchor: { checkpoint, signature, place: 1, seq, hash, path: [] },
    ...changes,
  }
  return { report, signature: await sign(report, EVIDENCE_TYPE) }
}
