import { progressApi } from '@aetherlearn/contracts/progress'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { clientOf } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import type { TokenMint } from '@aetherlearn/testing/tokens'
import type { openFixture } from '../fixture.ts'
import type { Day } from './days.ts'
import { dayOf } from './zones.ts'

/** For tests: a clock that stands still until it is moved, so that no day and no minute ends by itself. */
export function movedClock() {
  const clock = {
    at: Date.now(),
    setTo: (moment: string) => (clock.at = Date.parse(moment)),
    now: () => clock.at,
    today: () => dayOf(clock.at, []),
  }
  return clock
}

type Service = Awaited<ReturnType<typeof openFixture>>

/** A student in a course of sixty lectures. */
export async function aStudentOf(service: Service, tokenFor: TokenMint['tokenFor']) {
  const [userId, courseId] = [newId(), newId()]
  const lectures = Array.from({ length: 60 }, newId)
  await service.publish(courseId, lectures)
  await service.enrol(userId, courseId)
  const token = await tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const save = () => client.save({ body: { courseId, lectureId: lectures[0] ?? '', watchTime: 1 } })
  const complete = (number = 0) => client.complete({ body: { courseId, lectureId: lectures[number] ?? '' } })
  const moveTo = (timeZone: string) => client.putSettings({ body: { timeZone } })
  const tellLate = (minutes: Record<Day, number>) =>
    transaction(service.mongo, (session) =>
      service.activity.recordLate(userId, new Map(Object.entries(minutes)), session),
    )
  const streak = async () => (await client.getStudentStats()).currentStreak
  return { userId, token, client, save, complete, moveTo, tellLate, streak }
}
