import type { LectureDifficulty, QuestionDifficulty } from '@aetherlearn/contracts/analytics/lectures'
import type { StaffedCourse } from '../courses/directory.ts'
import type { AnswersStore, CourseAnswers } from './answers-store.ts'
import { difficultyOf } from './difficulty.ts'
import { addHeat, type Heat } from './heat.ts'
import type { LiveHeat } from './live-heat.ts'
import { analyseQuestions } from './questions.ts'
import type { SignsStore } from './signs-store.ts'

type Lecture = StaffedCourse['lectures'][number]
/** Lecture → its students. */
export type Students = (courseId: string, lectureIds: string[]) => Promise<ReadonlyMap<string, number>>
export type ReadHeat = (courseId: string, lecture: Lecture) => Promise<Heat>
export type Difficulties = (
  courseId: string,
  course: StaffedCourse,
) => Promise<{ lectures: LectureDifficulty[]; questions: QuestionDifficulty[] }>

/** Live and stored heat as one, exact in the middle of a flush. */
export const createHeatReader =
  ({ liveHeat, signs }: { liveHeat: LiveHeat; signs: Pick<SignsStore, 'heat'> }): ReadHeat =>
  async (courseId, lecture) => {
    // Redis before MongoDB, always: what leaves Redis in between is in MongoDB then.
    const parts = await liveHeat.read(courseId, lecture)
    const ids = parts.map((part) => part.id)
    const { applied, heat } = await signs.heat(courseId, lecture.lectureId, ids)
    return addHeat([heat, ...parts.filter((part) => !applied.has(part.id)).map((part) => part.heat)])
  }

export type DifficultyDeps = {
  signs: Pick<SignsStore, 'played' | 'completed'>
  answers: Pick<AnswersStore, 'ofCourse'>
  studentsOf: Students
}

export const createDifficultyReader =
  ({ signs, answers, studentsOf }: DifficultyDeps): Difficulties =>
  async (courseId, course) => {
    const lectureIds = course.lectures.map((lecture) => lecture.lectureId)
    const lengths = new Map(course.lectures.map((one) => [one.lectureId, one.durationSeconds]))
    const [students, played, completed, answered] = await Promise.all([
      studentsOf(courseId, lectureIds),
      signs.played(courseId, lengths),
      signs.completed(courseId),
      answers.ofCourse(courseId, [course.creatorId, ...course.staffIds]),
    ])
    const lectures = course.lectures.map(({ lectureId, lectureTitle }) => ({
      lectureId,
      lectureTitle,
      ...difficultyOf({
        uniqueStudents: students.get(lectureId) ?? 0,
        completed: completed.get(lectureId) ?? 0,
        ...(played.get(lectureId) ?? NOTHING_PLAYED),
      }),
    }))
    return { lectures, questions: questionsOf(answered, lectureIds) }
  }

const NOTHING_PLAYED = { watched: 0, again: 0, playbacks: 0, leftEarly: 0 }

/** In the order of the course's lectures, in each the hardest first. */
function questionsOf({ students, lectureOf }: CourseAnswers, lectureIds: string[]): QuestionDifficulty[] {
  const numbers = analyseQuestions(students)
  const byLecture = Map.groupBy(numbers, ([questionId]) => lectureOf.get(questionId))
  return lectureIds.flatMap((lectureId) =>
    (byLecture.get(lectureId) ?? [])
      .toSorted(([, a], [, b]) => (a.easiness ?? 1) - (b.easiness ?? 1))
      .map(([questionId, item]) => ({ lectureId, questionId, ...item })),
  )
}
