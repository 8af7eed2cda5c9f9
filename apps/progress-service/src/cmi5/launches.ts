import { randomBytes, randomUUID } from 'node:crypto'
import type { LecturePackage, PackageItem } from '@aetherlearn/contracts/course/packages'
import { RECORDS_PATH } from '@aetherlearn/contracts/progress/records'
import type { FetchedToken, Launch, LaunchMode, LaunchRequest } from '@aetherlearn/contracts/progress/launch'
import { fail, failureOf } from '@aetherlearn/service-kit/errors'
import type { Completion } from '../completion/completion.ts'
import type { PackageStore } from '../courses/packages-store.ts'
import { hashOf, type FindSession } from '../records/access.ts'
import type { ActivityStore } from '../records/activities-store.ts'
import type { DocumentStore } from '../records/documents-store.ts'
import { agentKey, activitiesIn } from '../records/statement-rules.ts'
import type { Sessions } from '../records/statements.ts'
import type { NewStatement, StatementStore } from '../records/store.ts'
import { refuse } from '../records/values.ts'
import { accepted, isSatisfied, type Standing } from './rules.ts'
import {
  abandonedStatement,
  activityIdOf,
  actorOf,
  launchedStatement,
  satisfiedStatement,
} from './statements.ts'
import type { Holder, Launched, LaunchStore, Registration, UnitStanding } from './store.ts'
import { extensions } from './words.ts'

export type LaunchDeps = {
  launches: LaunchStore
  packages: Pick<PackageStore, 'read'>
  statements: Pick<StatementStore, 'add'>
  activities: Pick<ActivityStore, 'learn'>
  documents: Pick<DocumentStore, 'change' | 'read'>
  completion: Pick<Completion, 'reportResult'>
  homePage: string
  now: () => number
}
type Place = { userId: string; courseId: string; lectureId: string }
type How = { at: Date; traceId: string }
type By = { languages: string; traceId: string }

/** As long as the address of the package's files holds. */
const SESSION_MS = 12 * 3600_000
const SECRET_BYTES = 32
const secret = () => randomBytes(SECRET_BYTES).toString('base64url')
const NOTHING: Standing = { completed: false, passed: false, failed: false }

const unitOf = ({ units }: Registration, itemId: string): UnitStanding =>
  units.find((unit) => unit.itemId === itemId) ?? { itemId, ...NOTHING, changes: 0, reported: 0 }
const doneWith = (item: PackageItem, standing: Standing) =>
  isSatisfied(item.moveOn ?? 'NotApplicable', standing)

export type Launches = ReturnType<typeof createLaunches>

/** cmi5, the side of the system that launches: sessions, what they may say, and what comes of it. */
export function createLaunches(deps: LaunchDeps) {
  const { launches, packages, statements, activities, documents, completion, homePage, now } = deps

  /** What was recorded before, be it by another launch at the same moment, stays as it is. */
  const record = async (courseId: string, made: NewStatement) => {
    try {
      const fresh = await statements.add(courseId, [made])
      await activities.learn(courseId, fresh.flatMap(activitiesIn), true)
    } catch (error) {
      if (failureOf(error)?.code !== 'STATEMENT_CONFLICT') throw error
    }
  }

  async function packageOf({ courseId, lectureId }: Omit<Place, 'userId'>): Promise<LecturePackage> {
    const found = await packages.read(courseId, lectureId)
    if (found?.standard !== 'cmi5') throw fail('NO_PACKAGE', { detail: 'This lecture is no cmi5 package' })
    return found
  }

  /** Sessions that nobody ended: from now on they are over (cmi5 §9.3.6). */
  async function giveUpOthers(registration: string, at: Date) {
    for (const launched of await launches.unfinished(registration)) {
      await record(launched.courseId, abandonedStatement({ homePage, at, launched }))
      await launches.saveCourse(launched.sessionId, { abandoned: true }, launched.lastAt)
    }
  }

  /** cmi5 §10 and §11: what the unit reads when it starts. */
  async function layOut(
    launched: Launched,
    item: PackageItem,
    returnUrl: string | undefined,
    languages: string,
  ) {
    const { courseId, userId, activityId, registration, sessionId, itemId, mode } = launched
    const shelf = { courseId, agent: agentKey(actorOf(homePage, userId)) ?? '', userId }
    const at = new Date(now())
    const asJson = (value: object) => ({
      contentType: 'application/json',
      bytes: Buffer.from(JSON.stringify(value)),
    })
    const told = asJson({
      contextTemplate: {
        contextActivities: { grouping: [{ objectType: 'Activity', id: itemId }] },
        extensions: { [extensions.sessionId]: sessionId },
      },
      launchMode: mode,
      launchMethod: 'AnyWindow',
      moveOn: item.moveOn ?? 'NotApplicable',
      ...(item.launchData !== undefined && { launchParameters: item.launchData }),
      ...(item.masteryScore !== undefined && { masteryScore: item.masteryScore }),
      ...(returnUrl !== undefined && { returnURL: returnUrl }),
    })
    const state = { ...shelf, kind: 'state', activityId, registration, documentId: 'LMS.LaunchData' } as const
    await documents.change(state, () => told, at)
    const likes = {
      ...shelf,
      kind: 'agentProfile',
      activityId: '',
      documentId: 'cmi5LearnerPreferences',
    } as const
    if ((await documents.read(likes)) !== undefined) return
    const preferences = asJson({ languagePreference: languages, audioPreference: 'on' })
    await documents.change(likes, (known) => known ?? preferences, at)
  }

  /** Passes on what is new, once; what fails is passed on the next time. */
  async function passOn(launched: Launched, known: LecturePackage, item: PackageItem, traceId: string) {
    const registration = await launches.registration(launched)
    const unit = unitOf(registration, item.itemId)
    const at = new Date(now())
    if (unit.changes > unit.reported) {
      const { userId, courseId, lectureId } = launched
      const result = {
        completed: doneWith(item, unit),
        ...((unit.passed || unit.failed) && { passed: unit.passed }),
        ...(unit.score !== undefined && { score: unit.score }),
        at,
      }
      await completion.reportResult({ userId, courseId, lectureId, itemId: item.itemId }, result, traceId)
      if (known.items.every((one) => doneWith(one, unitOf(registration, one.itemId)))) {
        await finish(launched, registration, known, { at, traceId })
      }
      await launches.markReported(launched, item.itemId, unit.changes)
    }
  }

  /** Units that ask for nothing are done with although nobody opened them. */
  async function finish(launched: Launched, registration: Registration, known: LecturePackage, how: How) {
    const { userId, courseId, lectureId } = launched
    const unopened = known.items.filter(({ itemId }) => unitOf(registration, itemId).changes === 0)
    for (const { itemId } of unopened) {
      const place = { userId, courseId, lectureId, itemId }
      await completion.reportResult(place, { completed: true, at: how.at }, how.traceId)
    }
    await record(courseId, satisfiedStatement({ homePage, at: how.at, launched }, known.title))
  }

  async function open(holder: Holder, item: PackageItem, asked: LaunchRequest) {
    const registration = await launches.registration(holder)
    const at = new Date(now())
    await giveUpOthers(registration.registration, at)
    const unit = unitOf(registration, item.itemId)
    const isDone = item.moveOn !== 'NotApplicable' && item.moveOn !== undefined && doneWith(item, unit)
    const mode: LaunchMode = asked.mode ?? (isDone ? 'Review' : 'Normal')
    const ticket = secret()
    const launched: Launched = {
      ...holder,
      sessionId: randomUUID(),
      registration: registration.registration,
      activityId: activityIdOf(holder.lectureId, item.itemId),
      itemId: item.itemId,
      mode,
      ...(item.masteryScore !== undefined && { masteryScore: item.masteryScore }),
      launchedAt: at,
      lastAt: at,
      expiresAt: new Date(at.getTime() + SESSION_MS),
      initialized: false,
      terminated: false,
      abandoned: false,
    }
    // What asks for nothing is done with when it is opened.
    if (doneWith(item, unit)) await launches.addUnit(holder, { ...unit, changes: 1 })
    await launches.open({ ...launched, ticketHash: hashOf(ticket) })
    return { launched, ticket }
  }

  const findSession: FindSession = async (sessionId, secretHash) =>
    launches.withToken(sessionId, secretHash, new Date(now()))

  const sessions: Sessions = {
    async judge(sessionId, fresh, session) {
      const launched = await launches.read(sessionId, session)
      if (launched === undefined) throw fail('UNAUTHENTICATED')
      const registration = await launches.registration(launched, session)
      const unit = unitOf(registration, launched.itemId)
      let state = { course: courseOf(launched), standing: standingOf(unit) }
      for (const statement of fresh) state = accepted(statement, launched, state)
      await launches.saveCourse(sessionId, state.course, new Date(now()), session)
      if (JSON.stringify(state.standing) === JSON.stringify(standingOf(unit))) return
      const others = registration.units.filter(({ itemId }) => itemId !== unit.itemId)
      const changed = { ...unit, ...state.standing, changes: unit.changes + 1 }
      await launches.saveUnits(launched, [...others, changed], session)
    },

    async recorded(sessionId, traceId) {
      const launched = await launches.read(sessionId)
      if (launched === undefined) return
      const known = await packages.read(launched.courseId, launched.lectureId)
      const item = known?.items.find(({ itemId }) => itemId === launched.itemId)
      // Of a package that was replaced meanwhile nothing counts any more.
      if (known === undefined || item === undefined || known.packageId !== launched.packageId) return
      await passOn(launched, known, item, traceId)
    },
  }

  return {
    findSession,
    sessions,

    async launch(place: Place, asked: LaunchRequest, { languages, traceId }: By): Promise<Launch> {
      const known = await packageOf(place)
      const item = known.items.find(({ itemId }) => itemId === asked.itemId)
      if (item === undefined) throw refuse('body.itemId', 'is not an item of this package')
      requireSameOrigin(asked)
      const { launched, ticket } = await open({ ...place, packageId: known.packageId }, item, asked)
      await layOut(launched, item, asked.returnUrl, languages)
      await record(place.courseId, launchedStatement({ homePage, at: launched.launchedAt, launched }, item))
      await passOn(launched, known, item, traceId)
      const { sessionId, registration, activityId, mode, expiresAt } = launched
      const records = asked.contentOrigin + RECORDS_PATH
      const query = {
        endpoint: `${records}/`,
        fetch: `${records}/cmi5/${ticket}`,
        actor: JSON.stringify(actorOf(homePage, place.userId)),
        registration,
        activityId,
      }
      // Not as forms write it: units decode "%20", and some do not decode "+".
      const pairs = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      return {
        launchQuery: pairs.join('&'),
        sessionId,
        registration,
        mode,
        expiresAt: expiresAt.toISOString(),
      }
    },

    async fetchToken(ticket: string): Promise<FetchedToken> {
      const token = secret()
      const redeemed = await launches.redeem(hashOf(ticket), hashOf(token), new Date(now()))
      if (redeemed === 'spent') return { 'error-code': '1', 'error-text': 'The token was fetched before' }
      if (redeemed === 'unknown')
        return { 'error-code': '3', 'error-text': 'The session is not known or is over' }
      const pair = `session-${redeemed.sessionId}:${token}`
      return { 'auth-token': Buffer.from(pair).toString('base64') }
    },
  }
}

/** So that nobody is sent to another site by a package of ours. */
function requireSameOrigin({ returnUrl, contentOrigin }: LaunchRequest) {
  if (!URL.canParse(contentOrigin)) throw refuse('body.contentOrigin', 'must be an origin')
  if (returnUrl === undefined) return
  if (!URL.canParse(returnUrl) || new URL(returnUrl).origin !== new URL(contentOrigin).origin)
    throw refuse('body.returnUrl', 'must be of the content origin')
}

const courseOf = ({ initialized, terminated, abandoned }: Launched) => ({
  initialized,
  terminated,
  abandoned,
})
const standingOf = ({ completed, passed, failed, score }: UnitStanding): Standing => ({
  completed,
  passed,
  failed,
  ...(score !== undefined && { score }),
})
