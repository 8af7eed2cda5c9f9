import { randomUUID } from 'node:crypto'
import type { Classroom } from './classroom.ts'
import { postsTo } from './posts.ts'
import { completionOf, providerHeaders } from './statement.ts'

const AT_ONCE = 1000
const MINUTE_MS = 60_000
/** What has to be another one in each row; all else stays as the service wrote it. */
type Row = { _id: string; courseId: string; statementId: string; position: number; written: string }

/**
 * As after each student completed a unit every few minutes, so many times. The service itself records the first statement
 * of each, and what it made of that is what all others are made from.
 */
export async function recordMany(room: Classroom, each: number) {
  const { service, students } = room
  const origin = service.address
  const headers = await providerHeaders(room)
  const sent = postsTo({
    ...{ origin, path: '/api/v1/xapi/statements', headers: students.map(() => headers) },
    body: students.map((student) => JSON.stringify(completionOf(student))),
  })
  await sent.load({ seconds: 0, once: true })
  // A row's id is its own here: mongoose's connection types it as that of its documents.
  const statements = room.mongo.collection<Row>('statements')
  const firsts = await statements.find().toArray()
  const others: Row[] = []
  // One student after the other, minute by minute: nobody's statements stand together.
  for (let before = 1; before < each; before += 1)
    for (const [n, first] of firsts.entries())
      others.push(anotherOf(first, Date.now() - (before * firsts.length + n) * MINUTE_MS))
  for (let from = 0; from < others.length; from += AT_ONCE)
    await statements.insertMany(others.slice(from, from + AT_ONCE))
  return headers
}

function anotherOf(first: Row, at: number): Row {
  const statementId = randomUUID()
  const stored = new Date(at).toISOString()
  const said = { ...JSON.parse(first.written), id: statementId, stored, timestamp: stored }
  const own = { _id: `${first.courseId} ${statementId}`, statementId, position: at * 1000 }
  return { ...first, ...own, written: JSON.stringify(said) }
}
