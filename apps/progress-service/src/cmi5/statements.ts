import { createHash } from 'node:crypto'
import type { PackageItem } from '@aetherlearn/contracts/course/packages'
import type { Context, Result } from '../records/statement-parse.ts'
import type { NewStatement } from '../records/store.ts'
import type { Launched } from './store.ts'
import { CATEGORY, COURSE_TYPE, extensions, verbs, type VerbName } from './words.ts'

const ACTIVITIES = 'https://aetherlearn.org/activities'

/** cmi5 §8.1.5: ours, and the same whoever opens the unit however often. */
export const activityIdOf = (lectureId: string, itemId: string) =>
  `${ACTIVITIES}/${lectureId}/${createHash('sha256').update(itemId).digest('hex').slice(0, 32)}`

/** The same id for the same fact, so that it is recorded once however often it is tried. */
function idOf(...facts: string[]): string {
  const hex = createHash('sha256').update(facts.join('\n')).digest('hex')
  const fields = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ]
  return fields.join('-')
}

export const actorOf = (homePage: string, userId: string) => ({
  objectType: 'Agent' as const,
  account: { homePage, name: userId },
})

type By = { homePage: string; at: Date; launched: Launched }
type More = {
  fact: string
  result?: Result
  context?: Record<string, unknown>
  target?: NewStatement['statement']['object']
}

/** What the system itself says of a session (cmi5 §9.3). */
function said(
  { homePage, at, launched }: By,
  verb: VerbName,
  { fact, result, context, target }: More,
): NewStatement {
  const { sessionId, registration, activityId, itemId, userId } = launched
  const moment = at.toISOString()
  const about: Context = {
    registration,
    contextActivities: { category: [{ id: CATEGORY }], grouping: [{ id: itemId }] },
    extensions: { [extensions.sessionId]: sessionId, ...context },
  }
  const statement = {
    id: idOf(verb, fact),
    actor: actorOf(homePage, userId),
    verb: { id: verbs[verb], display: { en: verb } },
    object: target ?? { objectType: 'Activity' as const, id: activityId },
    ...(result && { result }),
    context: about,
    timestamp: moment,
    stored: moment,
    authority: { objectType: 'Agent' as const, name: 'AetherLearn', account: { homePage, name: 'launch' } },
    version: '1.0.0',
  }
  return { statement, enclosed: [] }
}

export function launchedStatement(by: By, item: PackageItem): NewStatement {
  const { launched } = by
  const { itemId, activityId, sessionId, mode } = launched
  const definition = { name: { und: item.title }, type: 'http://adlnet.gov/expapi/activities/module' }
  const context = {
    [extensions.launchMode]: mode,
    [extensions.launchUrl]: item.launch,
    [extensions.moveOn]: item.moveOn ?? 'NotApplicable',
    [extensions.launchParameters]: item.launchData ?? '',
    ...(item.masteryScore !== undefined && { [extensions.masteryScore]: item.masteryScore }),
  }
  const target = { objectType: 'Activity' as const, id: activityId, definition }
  return said(by, 'launched', { fact: `${sessionId} ${itemId}`, context, target })
}

/** How long it was used: until the last that was heard of it. */
export function abandonedStatement(by: By): NewStatement {
  const { launchedAt, lastAt, sessionId } = by.launched
  const seconds = Math.max(0, lastAt.getTime() - launchedAt.getTime()) / 1000
  return said(by, 'abandoned', { fact: sessionId, result: { duration: `PT${seconds}S` } })
}

/** Once in a registration: all units of the package are done with. */
export function satisfiedStatement(by: By, title: string): NewStatement {
  const { lectureId, packageId, registration } = by.launched
  const definition = { name: { und: title }, type: COURSE_TYPE }
  const target = {
    objectType: 'Activity' as const,
    id: `${ACTIVITIES}/${lectureId}/${packageId}`,
    definition,
  }
  return said(by, 'satisfied', { fact: registration, target })
}
