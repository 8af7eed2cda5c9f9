import { workOnEach } from '@aetherlearn/service-kit/rounds'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { atRisk, type AtRisk } from '../students/risk-rules.ts'
import type { StudentStore } from '../students/store.ts'
import type { Outlet } from './outlet.ts'
import type { RiskStore } from './risk-store.ts'
import type { WebhookStore } from './store.ts'

export type RiskWatchDeps = {
  mongo: MongoConnection
  webhooks: Pick<WebhookStore, 'coursesHearing'>
  students: Pick<StudentStore, 'ofCourse'>
  told: RiskStore
  outlet: Pick<Outlet, 'tell'>
  now: () => number
}

const EVENT = 'student.at-risk'
/** In one transaction. */
const AT_ONCE = 100

/**
 * Looks who has come to be at risk in the courses whose webhooks want to know: nobody says so, as time alone may bring
 * somebody there. Each is told once for as long as they stay at risk, by whichever instance.
 */
export function createRiskWatch({ mongo, webhooks, students, told, outlet, now }: RiskWatchDeps) {
  const tell = (courseId: string, some: AtRisk[], at: Date) =>
    transaction(mongo, async (session) => {
      const userIds = some.map(({ userId }) => userId)
      const fresh = await told.newAmong(courseId, userIds, at, session)
      const facts = some
        .filter(({ userId }) => fresh.has(userId))
        .map(({ userId, reasons }) => ({ courseId, userId, reasons, at: at.toISOString() }))
      await outlet.tell(EVENT, facts, session)
    })

  async function look(courseId: string) {
    const at = new Date(now())
    const { students: all, lectures } = await students.ofCourse(courseId)
    const found = atRisk(all, lectures, at)
    await told.keepOnly(
      courseId,
      found.map(({ userId }) => userId),
    )
    for (let i = 0; i < found.length; i += AT_ONCE) await tell(courseId, found.slice(i, i + AT_ONCE), at)
  }

  return {
    lookOnce: async () => {
      const courseIds = await webhooks.coursesHearing(EVENT)
      await told.forgetOther(courseIds)
      await workOnEach(courseIds, look)
    },
  }
}
export type RiskWatch = ReturnType<typeof createRiskWatch>
