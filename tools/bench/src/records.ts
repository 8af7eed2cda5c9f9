import { startBaseline, type Baseline } from './baseline.ts'
import { openClassroom, type Classroom } from './classroom.ts'
import { lessIsBetter, type Figure } from './figures.ts'
import { applyLoad } from './load.ts'
import { p99At, postsTo, throughput } from './posts.ts'
import { agentOf, completionOf, providerHeaders } from './statement.ts'
import { recordMany } from './well-recorded.ts'
import { sealDays } from './well-sealed.ts'

const STUDENTS = 500
const STATEMENTS_PER_SECOND = 200
/** 50,000 in their course. */
const STATEMENTS_EACH = 100
const PAGE = 50
const DAYS = 1800
/** Of a place that no checkpoint knows. */
const FIRST_PLACE = 1_000_000
const ROUNDS = 3
const size = { students: STUDENTS, lectures: 1 }

/** The record store of a course, and the evidence of somebody who learned every day for five years. */
export async function* recordsBench(): AsyncGenerator<Figure> {
  yield* recording()
  const room = await openClassroom('progress-service', size)
  try {
    yield await statementsRead(room)
    yield await evidenceRead(room)
  } finally {
    await room.close()
  }
}

/** One statement a request, key and statement checked, against a bare insert of the same statement. */
async function* recording(): AsyncGenerator<Figure> {
  const room = await openClassroom('progress-service', size)
  let baseline: Baseline | undefined
  try {
    const key = await providerHeaders(room)
    const headers = room.students.map(() => key)
    const body = room.students.map((student) => JSON.stringify(completionOf(student)))
    baseline = await startBaseline('./baseline-statement.ts', [], { MONGO_URL: room.service.stores.mongoUrl })
    const origin = room.service.address
    const ours = postsTo({ origin, path: '/api/v1/xapi/statements', headers, body })
    const bare = postsTo({ origin: baseline.url, path: '/statements', headers, body })
    yield* throughput('records', ours, bare)
    yield await p99At('records', STATEMENTS_PER_SECOND, ours, bare)
  } finally {
    await baseline?.stop()
    await room.close()
  }
}

async function statementsRead(room: Classroom): Promise<Figure> {
  const headers = await recordMany(room, STATEMENTS_EACH)
  // A student for each round, from the middle of the class.
  const asked = room.students.slice(STUDENTS / 2, STUDENTS / 2 + ROUNDS).map((student) => {
    const query = new URLSearchParams({ agent: JSON.stringify(agentOf(student)), limit: `${PAGE}` })
    return { url: `${room.service.address}/api/v1/xapi/statements?${query}`, headers: [headers] }
  })
  for (const { url } of asked) {
    const { statements, more } = (await answerOf(url, headers)) as { statements: unknown[]; more: string }
    if (statements.length !== PAGE || more === '')
      throw new Error(`${statements.length} statements were found`)
  }
  return p99('records statements', asked, { rate: 50, seconds: 5, promisedMs: 100 })
}

async function evidenceRead(room: Classroom): Promise<Figure> {
  const learners = room.students.slice(0, ROUNDS)
  const url = `${room.service.address}/api/v1/progress/evidence`
  for (const [n, learner] of learners.entries()) {
    await sealDays(room, learner, { days: DAYS, place: FIRST_PLACE + n })
    const { authorization } = learner
    const { report } = (await answerOf(url, { authorization })) as { report: { entries: unknown[] } }
    if (report.entries.length !== DAYS) throw new Error(`the report tells of ${report.entries.length} days`)
  }
  const asked = learners.map(({ authorization }) => ({ url, headers: [{ authorization }] }))
  return p99('records evidence', asked, { rate: 5, seconds: 10, promisedMs: 500 })
}

/** What was put into the databases is what is read: otherwise something smaller is measured. */
async function answerOf(url: string, headers: Record<string, string>): Promise<unknown> {
  const answer = await fetch(url, { headers })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`)
  return answer.json()
}

type Asked = { url: string; headers: Record<string, string>[] }
type How = { rate: number; seconds: number; promisedMs: number }

/** The median of a round for each of those that are asked, against the promise. */
async function p99(name: string, asked: Asked[], { promisedMs, ...at }: How): Promise<Figure> {
  const found: number[] = []
  for (const one of asked) found.push((await applyLoad({ ...one, ...at, connections: 8 })).p99Ms)
  return lessIsBetter(`${name}, p99 at ${at.rate}/s`, found, [promisedMs], 'ms')
}
