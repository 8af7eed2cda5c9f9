import type { MoveOn } from '@aetherlearn/contracts/course/packages'
import type { LaunchMode } from '@aetherlearn/contracts/progress/launch'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Statement } from '../records/statement-parse.ts'
import { activityIn } from '../records/statement-rules.ts'
import { CATEGORY, extensions, MOVE_ON, verbs } from './words.ts'

/** One session of a unit, from its launch on. */
export type Opened = {
  sessionId: string
  registration: string
  activityId: string
  /** As its publisher calls it. */
  itemId: string
  mode: LaunchMode
  masteryScore?: number | undefined
}
export type Course = { initialized: boolean; terminated: boolean; abandoned: boolean }
/** What a unit has said of a student in all sessions. */
export type Standing = { completed: boolean; passed: boolean; failed: boolean; score?: number | undefined }
export type State = { course: Course; standing: Standing }

const refused = (detail: string) => fail('STATEMENT_REFUSED', { detail })
const contextOf = (statement: Statement) => statement.context ?? {}
const idsIn = (statement: Statement, place: 'category' | 'grouping') =>
  contextOf(statement).contextActivities?.[place]?.map(({ id }) => id) ?? []

/** Whether it is one of those whose meaning cmi5 defines; of others only the session is looked at (cmi5 §9.4). */
export const isDefined = (statement: Statement) => idsIn(statement, 'category').includes(CATEGORY)

/** What the session has become with the statement; throws STATEMENT_REFUSED where cmi5 §9 forbids it. */
export function accepted(statement: Statement, opened: Opened, state: State): State {
  requireSession(statement, opened, state.course)
  const { initialized } = state.course
  if (!isDefined(statement)) {
    if (!initialized) throw refused('A session begins with "initialized"')
    return state
  }
  requirePlace(statement, opened)
  const verb = statement.verb.id
  if (verb === verbs.initialized) {
    if (initialized) throw refused('The session was initialized before')
    return { ...state, course: { ...state.course, initialized: true } }
  }
  if (!initialized) throw refused('A session begins with "initialized"')
  if (verb === verbs.terminated) {
    requireDuration(statement)
    return { ...state, course: { ...state.course, terminated: true } }
  }
  return { ...state, standing: judged(statement, opened, state.standing) }
}

function requireSession(statement: Statement, { registration, sessionId }: Opened, course: Course) {
  const context = contextOf(statement)
  if (course.terminated) throw refused('The session was terminated before')
  if (course.abandoned) throw refused('The session was given up when the package was opened again')
  if (context.registration?.toLowerCase() !== registration)
    throw refused('context.registration must be that of the launch')
  if (context.extensions?.[extensions.sessionId] !== sessionId)
    throw refused(`context.extensions must have ${extensions.sessionId} as in the context template`)
}

function requirePlace(statement: Statement, { activityId, itemId }: Opened) {
  if (activityIn(statement.object)?.id !== activityId)
    throw refused('The object must be the activity that was launched')
  if (!idsIn(statement, 'grouping').includes(itemId))
    throw refused(
      'context.contextActivities.grouping must have the publisher’s id, as in the context template',
    )
}

function requireDuration({ result }: Statement) {
  if (result?.duration === undefined) throw refused('result.duration is required')
}

/** Each is said once in a registration; nothing fails what was passed (cmi5 §9.3). */
function judged(statement: Statement, opened: Opened, standing: Standing): Standing {
  const verb = statement.verb.id
  const { result } = statement
  const known: string[] = [verbs.completed, verbs.passed, verbs.failed]
  if (!known.includes(verb)) throw refused('cmi5 does not define this verb for units')
  if (opened.mode !== 'Normal') throw refused(`Nothing is judged in a session of mode ${opened.mode}`)
  if (!idsIn(statement, 'category').includes(MOVE_ON))
    throw refused(`context.contextActivities.category must have ${MOVE_ON}`)
  requireDuration(statement)
  if (verb === verbs.completed) {
    if (standing.completed) throw refused('It was completed before')
    if (result?.completion !== true) throw refused('result.completion must be true')
    if (result.score !== undefined) throw refused('result.score is not of "completed"')
    return { ...standing, completed: true }
  }
  const isPassed = verb === verbs.passed
  if (result?.success !== isPassed) throw refused(`result.success must be ${isPassed}`)
  if (standing.passed) throw refused('It was passed before')
  requireMastery(statement, opened, isPassed)
  const scaled = result.score?.scaled
  const score = scaled === undefined ? standing.score : Math.max(scaled, standing.score ?? 0, 0)
  return { ...standing, passed: isPassed, failed: !isPassed, score }
}

function requireMastery({ result, context }: Statement, { masteryScore }: Opened, isPassed: boolean) {
  const scaled = result?.score?.scaled
  if (masteryScore === undefined || scaled === undefined) return
  if (isPassed ? scaled < masteryScore : scaled >= masteryScore)
    throw refused(
      `A score of ${scaled} is not ${isPassed ? 'passed' : 'failed'} where ${masteryScore} is needed`,
    )
  if (context?.extensions?.[extensions.masteryScore] !== masteryScore)
    throw refused(`context.extensions must have ${extensions.masteryScore} as in the launch data`)
}

/** cmi5 §13.1.4. */
export function isSatisfied(moveOn: MoveOn, { completed, passed }: Standing): boolean {
  switch (moveOn) {
    case 'Passed':
      return passed
    case 'Completed':
      return completed
    case 'CompletedAndPassed':
      return completed && passed
    case 'CompletedOrPassed':
      return completed || passed
    case 'NotApplicable':
      return true
  }
}
