import type { CompletionRule } from '@aetherlearn/contracts/course/completion'
import type { LecturePackage, PackageItem } from '@aetherlearn/contracts/course/packages'

/** A part of a package that has to be done; `graded`: the package names a score or a pass for it. */
export type TaskItem = { itemId: string; graded: boolean }
/** What there is to do in a lecture besides watching. */
export type LectureTask = {
  /** Of its package: those that report; where none does all, each of which is done with when it was opened. */
  items?: TaskItem[]
  questions?: number
}

/** What the course says of a lecture; a length of 0 is not known. */
export type KnownLecture = {
  durationSeconds: number
  completion: CompletionRule
  task?: LectureTask | undefined
}
type Course = {
  lectures: ReadonlyMap<string, number>
  completion: CompletionRule
  tasks?: ReadonlyMap<string, LectureTask>
}

export function lectureIn(course: Course | undefined, lectureId: string): KnownLecture | undefined {
  const durationSeconds = course?.lectures.get(lectureId)
  if (course === undefined || durationSeconds === undefined) return undefined
  return { durationSeconds, completion: course.completion, task: course.tasks?.get(lectureId) }
}

const isGraded = ({ masteryScore, moveOn }: PackageItem) =>
  masteryScore !== undefined || moveOn === 'Passed' || moveOn === 'CompletedAndPassed'

function itemsOf({ items }: LecturePackage): TaskItem[] {
  const reporting = items.filter((item) => item.reports)
  return (reporting.length > 0 ? reporting : items).map((item) => ({
    itemId: item.itemId,
    graded: isGraded(item),
  }))
}

type Published = { lectureId: string; package?: LecturePackage; questions?: number }

/** Of lectures that have something to do; most have not. */
export const tasksOf = (lectures: readonly Published[]): Map<string, LectureTask> =>
  new Map(
    lectures.flatMap(({ lectureId, package: content, questions }) =>
      content === undefined && questions === undefined
        ? []
        : [
            [
              lectureId,
              {
                ...(content !== undefined && { items: itemsOf(content) }),
                ...(questions !== undefined && { questions }),
              },
            ],
          ],
    ),
  )
