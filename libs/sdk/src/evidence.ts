import {
  CHECKPOINT_TYPE,
  EVIDENCE_TYPE,
  SignedEvidence,
  type EvidenceContent,
  type EvidenceEntry,
  type EvidenceProblem,
  type EvidenceReport,
  type EvidenceTotals,
  type EvidenceVerdict,
} from '@aetherlearn/contracts/progress/evidence'
import { Value } from 'typebox/value'
import { canonicalJson } from './canonical-json.ts'
import { genesisHash, hashOf, linkHash } from './evidence-hash.ts'
import { signatureFault, type PublicKeys } from './evidence-signature.ts'
import { rootOf } from './evidence-tree.ts'

/** Of one broken chain every entry behind the break may be named; nobody reads more. */
const MOST_PROBLEMS = 20

export type VerifyOptions = {
  /** As `GET /api/v1/progress/evidence/keys` answers them; kept from before, they make do without a network. */
  keys: PublicKeys
  /** An older report about the same learner: all that it has must still be there. */
  earlier?: unknown
}

/** What has the form of a report, be it genuine or not. */
export const readEvidence = (document: unknown): SignedEvidence | undefined =>
  Value.Check(SignedEvidence, document) ? document : undefined

/** Checks a report of learning time, whoever brings it, and names the first entry that is not what it was. */
export async function verifyEvidence(document: unknown, options: VerifyOptions): Promise<EvidenceVerdict> {
  if (!Value.Check(SignedEvidence, document))
    return verdict([{ message: 'This is no report of learning time' }])
  const { report, signature } = document
  const { keys, earlier } = options
  const problems = await chainProblems(report)
  problems.push(...totalsProblems(report), ...(await anchorProblems(report, keys)))
  const fault = await signatureFault(report, signature, EVIDENCE_TYPE, keys)
  if (fault !== undefined) problems.push({ message: `The report ${fault}` })
  if (earlier !== undefined) problems.push(...(await earlierProblems(report, earlier, keys)))
  return verdict(problems, report)
}

function verdict(problems: EvidenceProblem[], report?: EvidenceReport): EvidenceVerdict {
  const wrong = problems.flatMap(({ seq }) => (seq === undefined ? [] : [seq]))
  return {
    valid: problems.length === 0,
    anchored: problems.length === 0 && report?.anchor !== undefined,
    ...(wrong.length > 0 && { firstWrong: Math.min(...wrong) }),
    problems: problems.slice(0, MOST_PROBLEMS),
  }
}

async function chainProblems({ userId, salt, length, entries }: EvidenceReport): Promise<EvidenceProblem[]> {
  const problems: EvidenceProblem[] = []
  const latest = new Map<string, number>()
  // At once, as each hash is a short wait.
  const faults = await Promise.all(entries.map(entryFault))
  let previous = await genesisHash(userId, salt)
  for (const [i, entry] of entries.entries()) {
    const seq = i + 1
    const message = linkFault(entry, seq, previous) ?? faults[i] ?? correctionFault(entry, latest)
    if (message !== undefined) problems.push({ seq, message: `Entry ${seq} ${message}` })
    previous = entry.hash
  }
  if (entries.length !== length) {
    const seq = Math.min(entries.length, length) + 1
    problems.push({ seq, message: `The chain has ${length} entries, and ${entries.length} are here` })
  }
  return problems
}

function linkFault(entry: EvidenceEntry, seq: number, previous: string) {
  if (entry.seq !== seq) return `is numbered ${entry.seq}`
  return entry.previousHash === previous ? undefined : 'does not follow the one before it'
}

/** What is wrong with an entry by itself. */
async function entryFault(entry: EvidenceEntry): Promise<string | undefined> {
  if ((await linkHash(entry)) !== entry.hash) return 'is not what its hash was made of'
  return contentFault(entry)
}

async function contentFault({ content, contentHash, parts }: EvidenceEntry) {
  if (content === undefined) return parts === undefined ? undefined : 'tells parts of what it does not tell'
  if ((await hashOf(content)) !== contentHash) return 'says something else than it did'
  const told = await Promise.all((parts ?? []).map(hashOf))
  const isOurs = told.every((digest) => content.parts.includes(digest)) && new Set(told).size === told.length
  return isOurs ? undefined : 'tells other minutes or courses than it did'
}

/** `latest` knows the last entry of each date. */
function correctionFault({ seq, content }: EvidenceEntry, latest: Map<string, number>) {
  if (content === undefined) return undefined
  const { date, corrects } = content
  const before = latest.get(date)
  latest.set(date, seq)
  return corrects === before ? undefined : `does not say which entry of ${date} it corrects`
}

type Told = Pick<EvidenceContent, 'date'> & Required<Pick<EvidenceEntry, 'seq' | 'hash' | 'parts'>>

/** What holds of the days that are told: of each its last entry. */
export function daysTold(entries: EvidenceEntry[]): Told[] {
  const days = new Map<string, Told>()
  for (const { seq, hash, content, parts = [] } of entries)
    if (content !== undefined) days.set(content.date, { date: content.date, seq, hash, parts })
  return [...days.values()].toSorted((a, b) => (a.date < b.date ? -1 : 1))
}

export function totalsOf(entries: EvidenceEntry[]): EvidenceTotals {
  const totals = { minutes: 0, lateMinutes: 0, completions: 0, days: 0 }
  for (const { parts } of daysTold(entries)) {
    for (const part of parts) {
      totals.minutes += part.minutes
      totals.lateMinutes += part.lateMinutes
      totals.completions += part.completions
    }
    if (parts.some(({ minutes, completions }) => minutes > 0 || completions > 0)) totals.days += 1
  }
  return totals
}

function totalsProblems({ entries, totals, scope }: EvidenceReport): EvidenceProblem[] {
  const problems = entries.flatMap((entry) => {
    const fault = scopeFault(entry, scope)
    return fault === undefined ? [] : [{ seq: entry.seq, message: `Entry ${entry.seq} ${fault}` }]
  })
  if (canonicalJson(totalsOf(entries)) === canonicalJson(totals)) return problems
  return [...problems, { message: 'The totals are not the sum of the entries' }]
}

function scopeFault({ content, parts = [] }: EvidenceEntry, scope: EvidenceReport['scope']) {
  const { from, to, courseId } = scope
  if (content === undefined) {
    const isWhole = from === undefined && to === undefined && courseId === undefined
    return isWhole ? 'is left out' : undefined
  }
  const isOutside =
    (from !== undefined && content.date < from) ||
    (to !== undefined && content.date > to) ||
    (courseId !== undefined && parts.some((part) => part.courseId !== courseId))
  if (isOutside) return 'lies outside what is told'
  return courseId === undefined && parts.length < content.parts.length ? 'leaves out a course' : undefined
}

async function anchorProblems(
  { anchor, entries }: EvidenceReport,
  keys: PublicKeys,
): Promise<EvidenceProblem[]> {
  if (anchor === undefined) return []
  const { checkpoint, signature, seq, hash } = anchor
  const fault = await signatureFault(checkpoint, signature, CHECKPOINT_TYPE, keys)
  if (fault !== undefined) return [{ message: `The checkpoint ${fault}` }]
  if (seq > entries.length) {
    const message = `At checkpoint ${checkpoint.number} the chain had ${seq} entries`
    return [{ seq: entries.length + 1, message }]
  }
  if ((await rootOf(anchor)) !== checkpoint.root)
    return [{ message: 'The checkpoint does not know the chain as it is told here' }]
  if (entries[seq - 1]?.hash === hash) return []
  return [{ seq, message: `At checkpoint ${checkpoint.number} the chain had another entry ${seq}` }]
}

async function earlierProblems(
  report: EvidenceReport,
  earlier: unknown,
  keys: PublicKeys,
): Promise<EvidenceProblem[]> {
  const before = await verifyEvidence(earlier, { keys })
  if (!before.valid || !Value.Check(SignedEvidence, earlier))
    return [{ message: 'The earlier report is itself not as it was' }]
  if (earlier.report.userId !== report.userId)
    return [{ message: 'The earlier report is about somebody else' }]
  const changed = earlier.report.entries.find(({ seq, hash }) => report.entries[seq - 1]?.hash !== hash)
  if (changed === undefined) return []
  return [{ seq: changed.seq, message: `The earlier report has another entry ${changed.seq}` }]
}
