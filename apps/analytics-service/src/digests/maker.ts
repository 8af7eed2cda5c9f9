import type { WeeklyDigest } from '@aetherlearn/contracts/analytics/digests'
import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import type { Directory, StaffedCourse } from '../courses/directory.ts'
import { comparisonOf } from '../dashboard/compare-rules.ts'
import type { ReadPeriod } from '../dashboard/compare-reader.ts'
import type { Period } from '../dashboard/periods.ts'
import { stretchesOf } from '../lectures/heat.ts'
import { HOTSPOT_SECONDS, hotspotsOf } from '../lectures/hotspots.ts'
import type { Difficulties, ReadHeat, Students } from '../lectures/reader.ts'
import type { Post } from '../messages/post.ts'
import { titleOf } from '../nudges/sender.ts'
import { atRisk } from '../students/risk-rules.ts'
import type { StudentStore } from '../students/store.ts'
import { isQuiet, textOf, weekBefore } from './rules.ts'
import type { DigestStore, StoredDigest } from './store.ts'
import type { Outlet } from '../webhooks/outlet.ts'

export type DigestMakerDeps = {
  mongo: MongoConnection
  directory: Pick<Directory, 'requireCourse'>
  digests: Pick<DigestStore, 'add' | 'list' | 'joinedAndCompleted'>
  readPeriod: ReadPeriod
  students: Pick<StudentStore, 'ofCourse'>
  studentsOf: Students
  readHeat: ReadHeat
  readDifficulty: Difficulties
  /** Of whom nothing is kept by name. */
  unnamed: Pick<Erasure, 'among'>
  post: Post
  /** To other servers. */
  outlet: Pick<Outlet, 'tell'>
  now: () => number
}
/** Makes the digest of a course’s week and leaves it to its people; nothing where there is one, or nothing to tell. */
export type DigestMaker = (courseId: string, week: Period) => Promise<void>

const LECTURES_LOOKED_AT = 3
const MOST_HOTSPOTS = 5
const MOST_STUDENTS = 50

type Weeks = Pick<WeeklyDigest, 'numbers'> & { watchedMost: string[] }

export function createDigestMaker(deps: DigestMakerDeps): DigestMaker {
  const { mongo, directory, digests, students, unnamed, post, outlet, now } = deps

  async function weeksOf(courseId: string, course: StaffedCourse, week: Period): Promise<Weeks> {
    const earlier = weekBefore(week)
    const [its, theirs, joined, joinedEarlier] = await Promise.all([
      deps.readPeriod(courseId, week),
      deps.readPeriod(courseId, earlier),
      digests.joinedAndCompleted(courseId, week),
      digests.joinedAndCompleted(courseId, earlier),
    ])
    const { period, against, lectures } = comparisonOf(course, its, theirs)
    const numbers = {
      students: { week: period.uniqueStudents, before: against.uniqueStudents },
      watchTimeSeconds: { week: period.watchTimeSeconds, before: against.watchTimeSeconds },
      playbacks: { week: period.playbacks, before: against.playbacks },
      enrolments: { week: joined.enrolments, before: joinedEarlier.enrolments },
      completions: { week: joined.completions, before: joinedEarlier.completions },
    }
    const watched = lectures
      .filter((lecture) => lecture.period.watchTimeSeconds > 0)
      .toSorted((a, b) => b.period.watchTimeSeconds - a.period.watchTimeSeconds)
    return { numbers, watchedMost: watched.slice(0, LECTURES_LOOKED_AT).map(({ lectureId }) => lectureId) }
  }

  async function hotspotsIn(courseId: string, course: StaffedCourse, lectureIds: string[]) {
    const counts = await deps.studentsOf(courseId, lectureIds)
    const told = course.lectures.filter(
      ({ lectureId }) => lectureIds.includes(lectureId) && (counts.get(lectureId) ?? 0) >= FEWEST_STUDENTS,
    )
    const found: WeeklyDigest['hotspots'] = []
    for (const lecture of told) {
      const { lectureId, lectureTitle, durationSeconds } = lecture
      const heat = await deps.readHeat(courseId, lecture)
      const spots = hotspotsOf(stretchesOf(heat, durationSeconds, HOTSPOT_SECONDS))
      found.push(...spots.map((spot) => ({ lectureId, lectureTitle, ...spot })))
    }
    return found.slice(0, MOST_HOTSPOTS)
  }

  async function hardestOf(courseId: string, course: StaffedCourse): Promise<WeeklyDigest['hardest']> {
    const { lectures } = await deps.readDifficulty(courseId, course)
    const known = lectures.flatMap(({ lectureId, lectureTitle, difficulty, reasons }) =>
      difficulty === null || difficulty === 0 ? [] : [{ lectureId, lectureTitle, difficulty, reasons }],
    )
    return known.toSorted((a, b) => b.difficulty - a.difficulty)[0] ?? null
  }

  async function risksOf(courseId: string, at: Date) {
    const [{ students: all, lectures }, [last]] = await Promise.all([
      students.ofCourse(courseId),
      digests.list(courseId, { limit: 1 }),
    ])
    const found = atRisk(all, lectures, at)
    const before = new Set(last?.atRiskIds)
    const isNew = found.filter(({ userId }) => !before.has(userId))
    return { found, isNew, enrolled: all.filter(({ enrolled }) => enrolled).length }
  }

  async function leave(courseId: string, course: StaffedCourse, digest: StoredDigest) {
    const courseTitle = titleOf(course)
    const letter = {
      kind: 'digest' as const,
      courseId,
      courseTitle,
      text: textOf({ ...digest, madeAt: digest.madeAt.toISOString() }, courseTitle),
      week: digest.week,
      sentAt: digest.madeAt,
      notice: `The week of “${courseTitle}” is there to read`,
    }
    const people = [...new Set([course.creatorId, ...course.staffIds])]
    const tell = await transaction(mongo, async (session) => {
      const hidden = await unnamed.among(digest.atRiskIds, session)
      const named = {
        ...digest,
        atRiskIds: digest.atRiskIds.filter((userId) => !hidden.has(userId)),
        students: digest.students.filter(({ userId }) => !hidden.has(userId)),
      }
      if (!(await digests.add(courseId, named, session))) return undefined
      const fact = { courseId, week: digest.week, at: digest.madeAt.toISOString() }
      await outlet.tell('digest.ready', [fact], session)
      const letters = people.map((userId) => ({ ...letter, userId }))
      return (await post(letters, session)).tell
    })
    await tell?.()
  }

  return async (courseId, week) => {
    const course = await directory.requireCourse(courseId, 'params')
    const madeAt = new Date(now())
    const { numbers, watchedMost } = await weeksOf(courseId, course, week)
    const { found, isNew, enrolled } = await risksOf(courseId, madeAt)
    if (isQuiet(numbers, enrolled)) return
    await leave(courseId, course, {
      week: week.from,
      madeAt,
      numbers,
      atRisk: found.length,
      newAtRisk: isNew.length,
      atRiskIds: found.map(({ userId }) => userId),
      students: isNew.slice(0, MOST_STUDENTS).map(({ userId, reasons }) => ({ userId, reasons })),
      hotspots: await hotspotsIn(courseId, course, watchedMost),
      hardest: await hardestOf(courseId, course),
    })
  }
}
