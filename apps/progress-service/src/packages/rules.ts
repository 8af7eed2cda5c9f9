import type { CmiValues, PackageState } from '@aetherlearn/contracts/progress/packages'
import { readCmi, type Said, type ScormStandard } from './values.ts'

/** One time that an item was opened. */
export type Session = { id: string; openedAt: number; ticketHash?: string }
/** The session whose word holds: of all that kept something, the one that was opened last. */
export type Owner = Session & {
  /** Of its last commit. */
  sequence: number
  /** Since when its time counts: that of other sessions until then is counted already. */
  countsFrom: number
  lastAt: number
  seconds: number
  finished: boolean
}
/** What is kept of one student in one item of a package. */
export type Kept = {
  cmi: CmiValues
  /** Of all sessions before the owner's. */
  earlierSeconds: number
  owner: Owner | null
  /** The latest ones that were opened, in that order. */
  sessions: readonly Session[]
  opened: number
  completed: boolean
  passed: boolean
  score: number | null
}
export const nothingKept: Kept = {
  cmi: {},
  earlierSeconds: 0,
  owner: null,
  sessions: [],
  opened: 0,
  completed: false,
  passed: false,
  score: null,
}

/** More are open at once only where somebody plays with it. */
const SESSIONS_KEPT = 20
/** What lies between our clock and a session's first second. */
const START_SLACK_SECONDS = 1

export type Item = { standard: ScormStandard; masteryScore?: number | undefined }
const saidIn = (item: Item, kept: Kept): Said =>
  readCmi(item.standard, kept.cmi, {
    finished: kept.owner?.finished ?? false,
    masteryScore: item.masteryScore,
  })

/**
 * How the item begins when it is opened now. One of SCORM 2004 that was left for good begins anew (RTE 4.2.8); one that was
 * cut off, as it did not say how it was left, goes on where it was.
 */
export function entryOf(item: Item, kept: Kept): PackageState['entry'] {
  if (kept.owner === null) return 'ab-initio'
  if (!kept.owner.finished || saidIn(item, kept).exit === 'suspend') return 'resume'
  return item.standard === 'scorm-2004' ? 'ab-initio' : ''
}

/** Of the session that is over; another one may ask for others. */
const OF_SESSION = new Set(['cmi.core.exit', 'cmi.exit', 'cmi.core.session_time', 'cmi.session_time'])

/** What the item is given when it is opened now. */
export function beginning(item: Item, kept: Kept): Pick<PackageState, 'entry' | 'cmi' | 'totalSeconds'> {
  const entry = entryOf(item, kept)
  if (entry === 'ab-initio') return { entry, cmi: {}, totalSeconds: 0 }
  const cmi = Object.fromEntries(Object.entries(kept.cmi).filter(([name]) => !OF_SESSION.has(name)))
  return { entry, cmi, totalSeconds: totalOf(kept) }
}

export const totalOf = ({ earlierSeconds, owner }: Kept): number =>
  Math.round(100 * (earlierSeconds + (owner?.seconds ?? 0))) / 100

export const opened = (kept: Kept, session: Session): Kept => ({
  ...kept,
  sessions: [...kept.sessions, session].slice(-SESSIONS_KEPT),
  opened: kept.opened + 1,
})

export type Commit = { sessionId: string; sequence: number; cmi: CmiValues; finished: boolean; at: number }
export type Committed = { kind: 'kept'; kept: Kept } | { kind: 'known' } | { kind: 'over' }

/** `over`: a session that was opened later has kept something. `known`: this was kept, or something newer of the session. */
export function commit(
  item: Item,
  before: Kept,
  { sessionId, sequence, cmi, finished, at }: Commit,
): Committed {
  const { owner } = before
  const place = before.sessions.findIndex(({ id }) => id === sessionId)
  const session = before.sessions[place]
  if (session === undefined) return { kind: 'over' }
  if (owner?.id === sessionId && owner.sequence >= sequence) return { kind: 'known' }
  const isLater = before.sessions.findIndex(({ id }) => id === owner?.id) <= place
  if (owner !== null && !isLater) return { kind: 'over' }
  const isAnother = owner?.id !== sessionId
  const earlierSeconds = isAnother ? earlierOf(item, before) : before.earlierSeconds
  const countsFrom = isAnother ? Math.max(session.openedAt, owner?.lastAt ?? 0) : (owner?.countsFrom ?? at)
  const said = readCmi(item.standard, cmi, { finished, masteryScore: item.masteryScore })
  const passedSeconds = Math.max(0, at - countsFrom) / 1000 + START_SLACK_SECONDS
  const seconds = Math.min(said.sessionSeconds, passedSeconds)
  const kept: Kept = {
    ...before,
    cmi,
    earlierSeconds,
    owner: {
      id: session.id,
      openedAt: session.openedAt,
      sequence,
      countsFrom,
      lastAt: at,
      seconds,
      finished,
    },
    completed: before.completed || said.completed,
    passed: before.passed || said.passed === true,
    score: said.score === undefined ? before.score : Math.max(before.score ?? 0, said.score),
  }
  return { kind: 'kept', kept }
}

/** What began anew begins with no time. */
const earlierOf = (item: Item, before: Kept) =>
  entryOf(item, before) === 'ab-initio' ? 0 : before.earlierSeconds + (before.owner?.seconds ?? 0)

/** What is reported of the item: nothing where it has not said anything yet. */
export function resultOf(item: Item, kept: Kept) {
  const { completed, passed, score } = saidIn(item, kept)
  const said = {
    ...(completed && { completed }),
    ...(passed !== undefined && { passed }),
    ...(score !== undefined && { score }),
  }
  return Object.keys(said).length === 0 ? undefined : said
}
