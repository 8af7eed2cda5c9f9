import { createHash } from 'node:crypto'
import { VOIDED, type Activity, type Agent, type Statement, type SubStatement } from './statement-parse.ts'
import { isObject, timeOf } from './values.ts'

/** What filters look at: of the statement itself, or of one that it refers to. */
export type Facet = {
  verb: string
  agents: string[]
  relatedAgents: string[]
  activities: string[]
  relatedActivities: string[]
  registration?: string
}

/** By which two agents are the same; none for a group that is only its members. */
export function agentKey(agent: Agent): string | undefined {
  if (agent.mbox !== undefined) return `mbox ${agent.mbox}`
  if (agent.mbox_sha1sum !== undefined) return `sha1 ${agent.mbox_sha1sum.toLowerCase()}`
  if (agent.openid !== undefined) return `openid ${agent.openid}`
  if (agent.account !== undefined) return `account ${agent.account.homePage} ${agent.account.name}`
  return undefined
}

/** The agent and, of a group, its members. */
const keysOf = (agent: Agent | undefined): string[] =>
  agent === undefined ? [] : [agent, ...(agent.member ?? [])].flatMap((one) => agentKey(one) ?? [])

type Target = Statement['object']
export const agentIn = (target: Target): Agent | undefined =>
  target.objectType === 'Agent' || target.objectType === 'Group' ? target : undefined
export const activityIn = (target: Target): Activity | undefined =>
  (target.objectType ?? 'Activity') === 'Activity' && 'id' in target && target.objectType !== 'StatementRef'
    ? target
    : undefined
export const isSubStatement = (target: Target): target is SubStatement => target.objectType === 'SubStatement'

const contextActivities = ({ context }: Statement | SubStatement): Activity[] =>
  Object.values(context?.contextActivities ?? {}).flat()

/** Everything that is an activity in it, so that what is said of them becomes known. */
export function activitiesIn(statement: Statement): Activity[] {
  const within = isSubStatement(statement.object) ? [statement.object] : []
  return [statement, ...within].flatMap((said) => {
    const target = activityIn(said.object)
    return [...(target === undefined ? [] : [target]), ...contextActivities(said)]
  })
}

export function facetOf(statement: Statement): Facet {
  const { actor, verb, object, context } = statement
  const within = isSubStatement(object) ? [object] : []
  const agents = [...keysOf(actor), ...keysOf(agentIn(object))]
  const others = [statement, ...within].flatMap((said) => [
    ...keysOf(said.context?.instructor),
    ...keysOf(said.context?.team),
    ...keysOf(said.actor),
    ...keysOf(agentIn(said.object)),
  ])
  const ids = (activities: Activity[]) => activities.map(({ id }) => id)
  const target = activityIn(object)
  return {
    verb: verb.id,
    agents: [...new Set(agents)],
    relatedAgents: [...new Set([...agents, ...others, ...keysOf(statement.authority)])],
    activities: target === undefined ? [] : [target.id],
    relatedActivities: [...new Set(ids(activitiesIn(statement)))],
    ...(context?.registration && { registration: context.registration.toLowerCase() }),
  }
}

/** The people of ours who are named in it. */
export function namedUsers(statement: Statement, homePage: string): string[] {
  const prefix = `account ${homePage} `
  const keys = facetOf(statement).relatedAgents.filter((key) => key.startsWith(prefix))
  return [...new Set(keys.map((key) => key.slice(prefix.length)))]
}

/** Context activities are always lists (data 2.4.6.2), and ids in one spelling. */
export function normalised(statement: Statement): Statement {
  const whole = { ...statement, ...(statement.id && { id: statement.id.toLowerCase() }) }
  const said = listed(whole)
  return isSubStatement(said.object) ? { ...said, object: listed(said.object) } : said
}

function listed<S extends Statement | SubStatement>(said: S): S {
  const { context } = said
  if (context?.contextActivities === undefined) return said
  const entries = Object.entries(context.contextActivities).map(([name, found]) => [name, [found].flat()])
  return { ...said, context: { ...context, contextActivities: Object.fromEntries(entries) } }
}

/** Data 2.3.1: what may differ between two that are the same. */
const givenByUs = new Set(['id', 'authority', 'stored', 'version', 'timestamp'])

/**
 * Of what makes a statement this one, by which the same is known when it comes again. Definitions and displays may
 * change, and members of a group come in any order.
 */
export function fingerprintOf(statement: Statement): string {
  const kept = Object.fromEntries(Object.entries(statement).filter(([name]) => !givenByUs.has(name)))
  return createHash('sha256')
    .update(JSON.stringify(settled(kept, '')))
    .digest('hex')
}

const FREE = new Set(['extensions'])
function settled(value: unknown, name: string): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => settled(entry, ''))
    return name === 'member' ? entries.map((entry) => JSON.stringify(entry)).sort() : entries
  }
  if (!isObject(value)) return value
  const entries = Object.entries(value)
    .filter(([key]) => FREE.has(name) || (key !== 'definition' && key !== 'display'))
    .filter(([key, inner]) => key !== 'objectType' || (inner !== 'Activity' && inner !== 'Agent'))
    .map(([key, inner]): [string, unknown] => [key, FREE.has(name) ? inner : settledField(key, inner)])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}
function settledField(key: string, inner: unknown): unknown {
  if (key === 'timestamp' && typeof inner === 'string') return timeOf(inner)
  if (key === 'registration' && typeof inner === 'string') return inner.toLowerCase()
  return settled(inner, key)
}

/** Of two with the same fingerprint: one that names another moment is another statement. */
export const sameMoment = (known: Statement, again: Statement): boolean =>
  again.timestamp === undefined ||
  known.timestamp === undefined ||
  timeOf(known.timestamp) === timeOf(again.timestamp)

export const isVoiding = ({ verb }: Statement): boolean => verb.id === VOIDED
