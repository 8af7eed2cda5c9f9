import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { testKafka, withoutKafka } from '@aetherlearn/testing/kafka'
import { untilAnswered } from '../answered.fixture.ts'
import type { LogEvent } from './event.ts'
import { createKafkaLog } from './kafka.ts'
import type { EventLog } from './port.ts'
import { aReport } from './samples.fixture.ts'

const missing = await withoutKafka()
const skip = missing ?? false
const kafka = missing === undefined ? await testKafka() : undefined
after(() => kafka?.close())

const opened: EventLog[] = []
async function openLog(topic: string) {
  const log = createKafkaLog({ brokers: [kafka?.broker ?? ''], topic, partitions: 3 })
  opened.push(log)
  // A topic that was just made has nobody who takes events yet.
  await untilAnswered(log.take)
  return log
}
after(() => Promise.all(opened.map((log) => log.close())))
const aTopic = (name: string) => `${kafka?.topic}-${name}`

async function takeAll(log: EventLog): Promise<LogEvent[]> {
  const all: LogEvent[] = []
  for (;;) {
    const { events, done } = await log.take()
    if (events.length === 0) return all
    all.push(...events)
    await done()
  }
}
const idsOf = (events: readonly LogEvent[]) => events.map(({ id }) => id).toSorted()
const reports = (count: number, courseIds = [newId()]) =>
  Array.from({ length: count }, (_, i) => aReport({ courseId: courseIds[i % courseIds.length] ?? '' }))

test('what is appended is taken as it was, those of a course in their order', { skip }, async () => {
  const log = await openLog(aTopic('order'))
  const courses = [newId(), newId(), newId(), newId(), newId()]
  const events = reports(500, courses)
  await log.append(events.slice(0, 200))
  await log.append(events.slice(200))
  const taken = await takeAll(log)
  for (const course of courses) {
    const ofCourse = ({ courseId }: LogEvent) => courseId === course
    assert.deepEqual(taken.filter(ofCourse), events.filter(ofCourse))
  }
  assert.equal(taken.length, 500)
})

test(
  'who does not say that it is done is given the same again, and so is whoever comes after',
  { skip },
  async () => {
    const [first, second] = [await openLog(aTopic('again')), await openLog(aTopic('again'))]
    const events = reports(20)
    await first.append(events)
    assert.deepEqual((await first.take()).events, events)
    assert.deepEqual((await first.take()).events, events)
    const { events: sameAgain, done } = await second.take()
    assert.deepEqual(sameAgain, events)
    await done()
    const more = reports(3)
    await second.append(more)
    assert.deepEqual((await first.take()).events, more)
  },
)

test('of more events than are taken at once none is left out', { skip }, async () => {
  const log = await openLog(aTopic('many'))
  // Of one course, and so all in one partition: more than is taken of one.
  const events = reports(10_000)
  for (let i = 0; i < events.length; i += 500) await log.append(events.slice(i, i + 500))
  const first = await log.take()
  await first.done()
  assert.ok(first.events.length < events.length)
  assert.deepEqual(idsOf([...first.events, ...(await takeAll(log))]), idsOf(events))
})

const noKill = skip || (kafka?.kill === undefined && 'the broker at KAFKA_BROKER is not ours to kill')
test(
  'a broker that is killed fails its calls, and afterwards has all it took',
  { skip: noKill },
  async () => {
    const log = await openLog(aTopic('killed'))
    const [before, after] = [reports(30), reports(30)]
    await log.append(before)
    const { done } = await log.take()
    await kafka?.kill?.()
    await assert.rejects(log.append(after))
    await assert.rejects(log.take())
    await assert.rejects(done())
    await kafka?.restart()
    // Its port is open before it has found its topics again.
    await untilAnswered(log.take)
    await log.append(after)
    assert.deepEqual(idsOf(await takeAll(log)), idsOf([...before, ...after]))
  },
)
