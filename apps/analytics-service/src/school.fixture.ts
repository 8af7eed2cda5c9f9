import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { userErased, userRegistered } from '@aetherlearn/contracts/identity'
import type { Role } from '@aetherlearn/contracts/shape'
import { clientOf } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, type FixtureOptions } from './fixture.ts'

export const DAY_MS = 86_400_000

/** For tests: the service with a clock that can be put forward, and people who teach and learn there. */
export async function openSchool(options: Omit<FixtureOptions, 'now'> = {}) {
  const stores = await testStores()
  const mint = await createTokenMint()
  const clock = { aheadMs: 0 }
  const now = () => Date.now() + clock.aheadMs
  const at = () => new Date(now()).toISOString()
  const service = await openFixture(stores, mint.verifyToken, { ...options, now })

  /** Signed in, and not heard of here yet. */
  async function aStranger(role: Role = 'student') {
    const userId = newId()
    const token = await mint.tokenFor({ id: userId, role })
    return { userId, token, client: clientOf(service.app, analyticsApi, token) }
  }
  async function aPerson(role: 'student' | 'instructor', fullName = 'Ana Student') {
    const person = await aStranger(role)
    const { userId } = person
    const email = `${userId}@example.org`
    await service.hear(userRegistered, { userId, email, fullName, role, at: at() })
    return { ...person, email }
  }
  type Class = { creatorId?: string; students?: { userId: string }[]; enrolledAt?: string }
  /** Of one lecture. */
  async function aCourse({ creatorId = newId(), students = [], enrolledAt = at() }: Class = {}) {
    const [courseId, lectureId] = [newId(), newId()]
    await service.publish({ courseId, creatorId, lectures: [lectureId] })
    for (const { userId } of students) await service.enrol({ courseId, userId, at: enrolledAt })
    return { courseId, lectureId }
  }
  const erase = (userId: string, caseId?: string) =>
    service.hear(userErased, { userId, at: at(), ...(caseId !== undefined && { caseId }) })
  const close = async () => {
    await service.close()
    await stores.close()
  }
  return { service, stores, clock, now, at, aStranger, aPerson, aCourse, erase, close }
}
type School = Awaited<ReturnType<typeof openSchool>>
export type Person = Awaited<ReturnType<School['aStranger']>>
