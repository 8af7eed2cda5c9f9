import {
  count,
  duration,
  extensions,
  flag,
  iri,
  isObject,
  language,
  languageMap,
  listOf,
  mailbox,
  mediaType,
  moment,
  number,
  object,
  oneOf,
  refuse,
  sha1,
  sha2,
  shape,
  text,
  uuid,
  type Check,
  type Fields,
} from './values.ts'

export type Agent = {
  objectType?: 'Agent' | 'Group'
  name?: string
  mbox?: string
  mbox_sha1sum?: string
  openid?: string
  account?: { homePage: string; name: string }
  member?: Agent[]
}
export type Activity = { objectType?: 'Activity'; id: string; definition?: Record<string, unknown> }
export type StatementRef = { objectType: 'StatementRef'; id: string }
type LanguageMap = Record<string, string>
export type Attachment = {
  usageType: string
  display: LanguageMap
  contentType: string
  length: number
  sha2: string
  fileUrl?: string
}
export type Context = {
  registration?: string
  instructor?: Agent
  team?: Agent
  contextActivities?: Partial<Record<'parent' | 'grouping' | 'category' | 'other', Activity[]>>
  extensions?: Record<string, unknown>
}
export type Result = {
  score?: { scaled?: number; raw?: number; min?: number; max?: number }
  success?: boolean
  completion?: boolean
  duration?: string
}
type Said = {
  actor: Agent
  verb: { id: string; display?: LanguageMap }
  result?: Result
  context?: Context
  timestamp?: string
  attachments?: Attachment[]
}
export type SubStatement = Said & { objectType: 'SubStatement'; object: Activity | Agent | StatementRef }
export type Statement = Said & {
  id?: string
  object: Activity | Agent | StatementRef | SubStatement
  stored?: string
  authority?: Agent
  version?: string
}

export const VOIDED = 'http://adlnet.gov/expapi/verbs/voided'

const identifiers: Fields = {
  mbox: mailbox,
  mbox_sha1sum: sha1,
  openid: iri,
  account: shape({ homePage: iri, name: text }),
}
const agentShape = shape({}, { ...identifiers, objectType: oneOf('Agent'), name: text })
const groupShape = shape(
  { objectType: oneOf('Group') },
  { ...identifiers, name: text, member: listOf(agentCheck) },
)
const identifiersIn = (value: Record<string, unknown>) =>
  Object.keys(identifiers).filter((name) => name in value)

/** xAPI 1.0.3, data 2.4.2: exactly one inverse functional identifier. */
function agentCheck(value: unknown, field: string) {
  agentShape(value, field)
  if (isObject(value) && identifiersIn(value).length !== 1)
    throw refuse(field, 'must have exactly one of mbox, mbox_sha1sum, openid and account')
}

/** A group that is identified, or one that has members. */
const groupCheck: Check = (value, field) => {
  groupShape(value, field)
  if (!isObject(value)) return
  const known = identifiersIn(value).length
  if (known > 1) throw refuse(field, 'must have at most one of mbox, mbox_sha1sum, openid and account')
  const members = Array.isArray(value['member']) ? value['member'].length : 0
  if (known === 0 && members === 0)
    throw refuse(`${field}.member`, 'is required of a group without identifier')
}
export const actorCheck: Check = (value, field) =>
  (isObject(value) && value['objectType'] === 'Group' ? groupCheck : agentCheck)(value, field)

/** What an OAuth consumer and its user are together. */
const authorityCheck: Check = (value, field) => {
  actorCheck(value, field)
  if (!isObject(value) || value['objectType'] !== 'Group') return
  const members = Array.isArray(value['member']) ? value['member'].length : 0
  if (members !== 2 || identifiersIn(value).length > 0)
    throw refuse(field, 'must be an agent, or a group of two without identifier')
}

const components: Check = (value, field) => {
  listOf(shape({ id: text }, { description: languageMap }))(value, field)
  const ids = Array.isArray(value) ? value.map((component) => String(component.id)) : []
  if (new Set(ids).size < ids.length) throw refuse(field, 'must have an id of its own for each')
}
const interactionTypes =
  'true-false choice fill-in long-fill-in matching performance sequencing likert numeric other'
const ofInteractions = {
  correctResponsesPattern: listOf(text),
  choices: components,
  scale: components,
  source: components,
  target: components,
  steps: components,
}
const definitionShape = shape(
  {},
  {
    name: languageMap,
    description: languageMap,
    type: iri,
    moreInfo: iri,
    extensions,
    interactionType: oneOf(...interactionTypes.split(' ')),
    ...ofInteractions,
  },
)
const definition: Check = (value, field) => {
  definitionShape(value, field)
  if (!isObject(value) || 'interactionType' in value) return
  if (Object.keys(ofInteractions).some((name) => name in value))
    throw refuse(`${field}.interactionType`, 'is required of what is answered')
}
const activity = shape({ id: iri }, { objectType: oneOf('Activity'), definition })
const statementRef = shape({ objectType: oneOf('StatementRef'), id: uuid })
const activities: Check = (value, field) => (Array.isArray(value) ? listOf(activity) : activity)(value, field)

const scoreShape = shape({}, { scaled: number, raw: number, min: number, max: number })
const score: Check = (value, field) => {
  scoreShape(value, field)
  if (!isObject(value)) return
  const { scaled, raw } = value
  const limit = (name: string, fallback: number) => {
    const given = value[name]
    return typeof given === 'number' ? given : fallback
  }
  const [min, max] = [limit('min', -Infinity), limit('max', Infinity)]
  if (typeof scaled === 'number' && Math.abs(scaled) > 1)
    throw refuse(`${field}.scaled`, 'must be from -1 to 1')
  if (min >= max) throw refuse(`${field}.max`, 'must be more than min')
  if (typeof raw === 'number' && (raw < min || raw > max))
    throw refuse(`${field}.raw`, 'must be from min to max')
}
const result = shape({}, { score, success: flag, completion: flag, response: text, duration, extensions })

const context = shape(
  {},
  {
    registration: uuid,
    instructor: actorCheck,
    team: groupCheck,
    contextActivities: shape(
      {},
      { parent: activities, grouping: activities, category: activities, other: activities },
    ),
    revision: text,
    platform: text,
    language,
    statement: statementRef,
    extensions,
  },
)
const attachment = shape(
  { usageType: iri, display: languageMap, contentType: mediaType, length: count, sha2 },
  { description: languageMap, fileUrl: iri },
)
const verb = shape({ id: iri }, { display: languageMap })

const said = { result, context, timestamp: moment, attachments: listOf(attachment) }
const subStatementShape = shape(
  { objectType: oneOf('SubStatement'), actor: actorCheck, verb, object: targetCheck(false) },
  said,
)
const subStatement: Check = (value, field) => {
  subStatementShape(value, field)
  onlyWithActivity(value, field)
}

function targetCheck(withSubStatement: boolean): Check {
  return (value, field) => {
    object(value, field)
    const kind = isObject(value) ? (value['objectType'] ?? 'Activity') : undefined
    if (kind === 'Activity') return activity(value, field)
    if (kind === 'Agent' || kind === 'Group') return actorCheck(value, field)
    if (kind === 'StatementRef') return statementRef(value, field)
    if (kind === 'SubStatement' && withSubStatement) return subStatement(value, field)
    throw refuse(`${field}.objectType`, 'is none of the allowed values')
  }
}

/** Data 2.4.6: a revision and a platform are those of an activity. */
function onlyWithActivity(value: unknown, field: string) {
  if (!isObject(value) || !isObject(value['context']) || !isObject(value['object'])) return
  if ((value['object']['objectType'] ?? 'Activity') === 'Activity') return
  for (const name of ['revision', 'platform'])
    if (name in value['context'])
      throw refuse(`${field}.context.${name}`, 'can only be there where the object is an activity')
}

const version: Check = (value, field) => {
  if (typeof value !== 'string' || !/^1\.0(\.\d+)?$/.test(value)) throw refuse(field, 'must be 1.0 or 1.0.x')
}
const statementShape = shape(
  { actor: actorCheck, verb, object: targetCheck(true) },
  { ...said, id: uuid, stored: moment, authority: authorityCheck, version },
)

/** A statement as xAPI 1.0.3 has it; throws INVALID_INPUT naming the first field that is not. */
export function parseStatement(value: unknown, field: string): Statement {
  statementShape(value, field)
  onlyWithActivity(value, field)
  const statement = value as Statement
  if (statement.verb.id === VOIDED && statement.object.objectType !== 'StatementRef')
    throw refuse(`${field}.object.objectType`, 'must be StatementRef where a statement is voided')
  return statement
}

/** An agent or a group, as a query names it. */
export function parseAgent(value: unknown, field: string): Agent {
  actorCheck(value, field)
  return value as Agent
}

const DEEPEST = 100
/** JSON of any client: what is nested without end would exhaust the stack of whoever walks through it. */
export function parseJson(bytes: Uint8Array | string, field: string): unknown {
  const written = typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)
  let depth = 0
  let deepest = 0
  let quoted = false
  for (let at = 0; at < written.length; at += 1) {
    const letter = written.charCodeAt(at)
    if (quoted) {
      if (letter === 92) at += 1
      else if (letter === 34) quoted = false
    } else if (letter === 34) quoted = true
    else if (letter === 91 || letter === 123) deepest = Math.max(deepest, (depth += 1))
    else if (letter === 93 || letter === 125) depth -= 1
  }
  if (deepest > DEEPEST) throw refuse(field, `must not be nested more than ${DEEPEST} levels deep`)
  try {
    return JSON.parse(written) as unknown
  } catch {
    throw refuse(field, 'must be JSON')
  }
}

/** What we wrote ourselves. */
export const parseWritten = (written: string): Statement => JSON.parse(written) as Statement
