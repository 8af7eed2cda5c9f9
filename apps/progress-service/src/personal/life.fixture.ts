import type { progressApi } from '@aetherlearn/contracts/progress'
import type { Client } from '@aetherlearn/sdk/client'
import { NO_TRACE } from '@aetherlearn/service-kit/outbox'
import type { openFixture } from '../fixture.ts'
import { enclosing, startUnit, unitItem, unitPackage } from '../cmi5/unit.fixture.ts'
import { aPackage } from '../packages/package.fixture.ts'

type Service = Awaited<ReturnType<typeof openFixture>>
export type Life = {
  userId: string
  courseId: string
  left: string
  lectures: string[]
  client: Client<typeof progressApi>
}

/** Everything that a student can do: whoever adds something adds it here. */
export async function liveFully(service: Service, { userId, courseId, left, lectures, client }: Life) {
  const [lectureId = '', second = ''] = lectures
  await service.publish(courseId, lectures)
  const packages = { [second]: aPackage(), [lectureId]: unitPackage() }
  await service.publish(left, [second, lectureId], 1, { packages })
  await service.enrol(userId, courseId)
  await service.enrol(userId, left)
  await client.putSettings({ body: { timeZone: 'Europe/Berlin' } })
  const place = { courseId, lectureId }
  const ranges: [number, number][] = [[0, 2]]
  const report = { ...place, watchTime: 2, ranges, sessionId: 'session-one' }
  await client.save({ body: { ...report, clientTime: service.now() } })
  await client.save({ body: { courseId: left, lectureId: second, watchTime: 5 } })
  await client.complete({ body: place })
  const result = { score: 0.5, at: new Date(service.now()) }
  await service.completion.reportResult({ userId, ...place, itemId: 'quiz' }, result, NO_TRACE)
  await client.markActivity()
  const clientTime = service.now() - 3600_000
  const longAgo = clientTime - 3 * 24 * 3600_000
  const events = [
    { id: 'report-one', ...report, clientTime },
    { id: 'report-old', ...report, clientTime: longAgo },
  ]
  await client.batch({ body: { events } })
  await learnInPackage(client, { courseId: left, lectureId: second })
  await learnInUnit(service, client, { courseId: left, lectureId })
  await client.addNote({ body: { ...place, second: 1, text: 'Read again' } })
  await client.addNote({ body: { ...place, second: 2 } })
  await service.flusher.flushOnce()
  await service.copier.copyOnce()
  // The day long ago is over; today waits.
  await service.evidence.round()
  await service.leave(userId, left)
  // Not flushed yet.
  await client.save({ body: { courseId, lectureId: second, watchTime: 9 } })
  await client.complete({ body: { courseId, lectureId: second } })
}

async function learnInPackage(client: Life['client'], params: { courseId: string; lectureId: string }) {
  const { sessionId } = await client.openPackageItem({ params, body: { itemId: 'intro' } })
  const body = { itemId: 'intro', sessionId, sequence: 1, cmi: { 'cmi.suspend_data': 'page 3' } }
  await client.putPackageState({ params, body })
}

async function learnInUnit(
  { app }: Service,
  client: Life['client'],
  params: { courseId: string; lectureId: string },
) {
  const { itemId } = unitItem()
  const body = { itemId, contentOrigin: 'https://content.test' }
  const unit = await startUnit(app, await client.launchItem({ params, body }))
  const { headers, payload } = enclosing(unit.initialized(), 'What I think of sets')
  await unit.ask({ method: 'POST', url: 'statements', headers, payload })
}
