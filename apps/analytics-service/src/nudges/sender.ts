import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { StaffedCourse } from '../courses/directory.ts'
import type { Post } from '../messages/post.ts'
import type { SettingsStore } from '../messages/settings-store.ts'
import type { NamesStore } from '../students/names-store.ts'
import { atRisk, type AtRisk } from '../students/risk-rules.ts'
import type { StudentStore } from '../students/store.ts'
import { notBefore, suggestionOf } from './rules.ts'
import type { NudgeStore } from './store.ts'

export type NudgeSenderDeps = {
  mongo: MongoConnection
  students: Pick<StudentStore, 'ofCourse'>
  names: Pick<NamesStore, 'among'>
  settings: Pick<SettingsStore, 'of'>
  nudges: Pick<NudgeStore, 'lastSent' | 'noteSent'>
  post: Post
  now: () => number
}
type Student = { courseId: string; userId: string }
export type Nudge = Student & { caller: Pick<Caller, 'id'>; course: StaffedCourse; text?: string | undefined }
export type NudgeSender = ReturnType<typeof createNudgeSender>

/** Older rows of courses have none. */
export const titleOf = ({ title = 'your course' }: Pick<StaffedCourse, 'title'>) => title

/** Messages to students at risk: one in seven days for each student and course, whoever writes, and however many at once. */
export function createNudgeSender(deps: NudgeSenderDeps) {
  const { mongo, students, names, settings, nudges, post, now } = deps

  /** Throws NOT_AT_RISK: who came back, has left or completed the course is not written to. */
  async function requireAtRisk({ courseId, userId }: Student): Promise<AtRisk> {
    const { students: all, lectures } = await students.ofCourse(courseId)
    const student = atRisk(all, lectures, new Date(now())).find((one) => one.userId === userId)
    if (student === undefined) throw fail('NOT_AT_RISK')
    return student
  }
  async function suggestionFor({ userId, reasons }: AtRisk, course: StaffedCourse) {
    const called = await names.among([userId])
    return suggestionOf(reasons, titleOf(course), called.get(userId))
  }

  return {
    async prepare(student: Student, course: StaffedCourse) {
      const found = await requireAtRisk(student)
      const [suggestion, last, { nudges: wish }] = await Promise.all([
        suggestionFor(found, course),
        nudges.lastSent(student),
        settings.of(student.userId),
      ])
      const next = notBefore(last, new Date(now()))
      return {
        suggestion,
        reasons: found.reasons,
        notBefore: next?.toISOString() ?? null,
        wanted: wish !== 'off',
      }
    },

    async send({ caller, course, text, ...student }: Nudge) {
      const found = await requireAtRisk(student)
      const words = text?.trim() ?? (await suggestionFor(found, course))
      const called = await names.among([caller.id])
      const courseTitle = titleOf(course)
      const sentAt = new Date(now())
      const letter = {
        ...student,
        kind: 'nudge' as const,
        courseTitle,
        senderId: caller.id,
        text: words,
        rules: found.reasons.map(({ rule }) => rule),
        sentAt,
        notice: `${called.get(caller.id) ?? 'Somebody'} wrote to you about “${courseTitle}”`,
      }
      const { messageId, tell } = await transaction(mongo, async (session) => {
        if (notBefore(await nudges.lastSent(student, session), sentAt) !== null) throw fail('NUDGED_LATELY')
        const { ids, tell } = await post([letter], session)
        const messageId = ids.get(student.userId)
        if (messageId === undefined) throw fail('NUDGE_NOT_WANTED')
        await nudges.noteSent(student, sentAt, session)
        return { messageId, tell }
      })
      await tell()
      return { _id: messageId, userId: student.userId, text: words, sentAt, senderId: caller.id }
    },
  }
}
