import type { Definition } from './activities-store.ts'
import type { Activity, Agent, Statement, SubStatement } from './statement-parse.ts'
import { activityIn, agentIn, isSubStatement } from './statement-rules.ts'
import { isObject } from './values.ts'

export type Format = 'ids' | 'exact' | 'canonical'

/** RFC 9110 §12.5.4: the tags in the order in which they are wanted. */
export function wantedLanguages(header: string | undefined): string[] {
  const entries = (header ?? '').split(',').map((entry) => {
    const [tag = '', ...more] = entry.split(';').map((piece) => piece.trim())
    const quality = Number(more.find((piece) => piece.startsWith('q='))?.slice(2) ?? 1)
    return { tag: tag.toLowerCase(), quality: Number.isNaN(quality) ? 0 : quality }
  })
  return entries
    .filter(({ tag, quality }) => tag !== '' && quality > 0)
    .sort((a, b) => b.quality - a.quality)
    .map(({ tag }) => tag)
}

/** One language of a language map: the first that is wanted, or the first that there is. */
function chosen(map: Record<string, unknown>, languages: string[]): Record<string, unknown> {
  const tags = Object.keys(map)
  const fits = (wanted: string) => {
    const exact = tags.find((tag) => tag.toLowerCase() === wanted)
    return exact ?? tags.find((tag) => wanted === '*' || tag.toLowerCase().startsWith(`${wanted}-`))
  }
  const [first] = tags
  const tag = languages.map(fits).find((found) => found !== undefined) ?? first
  return tag === undefined ? {} : { [tag]: map[tag] }
}

const chosenIn = (value: Record<string, unknown>, names: string[], languages: string[]) => {
  const found = names.flatMap((name): [string, unknown][] => {
    const map = value[name]
    return isObject(map) ? [[name, chosen(map, languages)]] : []
  })
  return { ...value, ...Object.fromEntries(found) }
}

type Change = {
  agent: (agent: Agent) => unknown
  activity: (activity: Activity) => unknown
  display: (map: Record<string, string>) => Record<string, unknown> | undefined
}

/** Walks through everything in a statement that has a form of its own. */
function changed(said: Statement | SubStatement, change: Change): Record<string, unknown> {
  const { actor, verb, object, context, attachments, ...rest } = said
  const display = verb.display && change.display(verb.display)
  return {
    ...rest,
    actor: change.agent(actor),
    verb: { id: verb.id, ...(display && { display }) },
    object: changedTarget(object, change),
    ...(context && { context: changedContext(context, change) }),
    ...(attachments && { attachments }),
  }
}
function changedTarget(object: Statement['object'], change: Change): unknown {
  if (isSubStatement(object)) return changed(object, change)
  const [agent, activity] = [agentIn(object), activityIn(object)]
  if (agent !== undefined) return change.agent(agent)
  return activity === undefined ? object : change.activity(activity)
}
function changedContext(context: NonNullable<Statement['context']>, change: Change) {
  const { instructor, team, contextActivities, ...rest } = context
  const activities = Object.entries(contextActivities ?? {}).map(([name, found]) => [
    name,
    found.map(change.activity),
  ])
  return {
    ...rest,
    ...(instructor && { instructor: change.agent(instructor) }),
    ...(team && { team: change.agent(team) }),
    ...(contextActivities && { contextActivities: Object.fromEntries(activities) }),
  }
}

/** Communication 2.1.3: only what is needed to tell things apart. */
function bareAgent({ name: _, member, ...agent }: Agent): Agent {
  const isIdentified = Boolean(agent.mbox ?? agent.mbox_sha1sum ?? agent.openid ?? agent.account)
  return isIdentified || member === undefined ? agent : { ...agent, member: member.map(bareAgent) }
}
const bare: Change = {
  agent: bareAgent,
  activity: ({ id }) => ({ id }),
  display: () => undefined,
}

const components = ['choices', 'scale', 'source', 'target', 'steps']
export function canonicalDefinition(definition: Definition, languages: string[]): Definition {
  const named = chosenIn(definition, ['name', 'description'], languages)
  const lists = components.flatMap((name): [string, unknown][] => {
    const list = definition[name]
    if (!Array.isArray(list)) return []
    const described = list.map((one: unknown) =>
      isObject(one) ? chosenIn(one, ['description'], languages) : one,
    )
    return [[name, described]]
  })
  return { ...named, ...Object.fromEntries(lists) }
}

const canonical = (known: ReadonlyMap<string, Definition>, languages: string[]): Change => ({
  agent: (agent) => agent,
  activity: (activity) => {
    const definition = known.get(activity.id) ?? activity.definition
    return { ...activity, ...(definition && { definition: canonicalDefinition(definition, languages) }) }
  },
  display: (map) => chosen(map, languages),
})

export function formatted(
  statement: Statement,
  format: Format,
  known: ReadonlyMap<string, Definition>,
  languages: string[],
): unknown {
  if (format === 'exact') return statement
  const made = changed(statement, format === 'ids' ? bare : canonical(known, languages))
  if (format === 'ids') return made
  const attachments = statement.attachments?.map((one) =>
    chosenIn(one, ['display', 'description'], languages),
  )
  return { ...made, ...(attachments && { attachments }) }
}
