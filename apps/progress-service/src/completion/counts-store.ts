import { Types, type PipelineStage } from 'mongoose'
import { WHOLE_ANSWER, type CourseHeading } from '../courses/store.ts'
import { doneIndex, type ProgressModel } from '../watch/store.ts'
import { percentage } from './rules.ts'

export type CountStore = {
  /** Course id → whole percent, of those courses that have a heading. */
  percentages(userId: string, headings: ReadonlyMap<string, CourseHeading>): Promise<Map<string, number>>
}
/** How many completed lectures a version of a course has. */
type Count = { courseId: Types.ObjectId; done?: number | null; doneVersion?: number | null }
type NewCount = { courseId: Types.ObjectId; done: number; completed: number; version: number; total: number }

/** How far a student is in each course, by what was counted at the last completion. */
export function createCountStore(Progress: ProgressModel): CountStore {
  const id = (hex: string) => new Types.ObjectId(hex)

  /** Of all courses the student has been in; an index answers it, whatever was watched there. */
  const counted = (userId: string) =>
    Progress.find({ userId: id(userId) }, { _id: 0, courseId: 1, done: 1, doneVersion: 1 })
      .hint(doneIndex)
      .batchSize(WHOLE_ANSWER)
      .lean<Count[]>()

  /** Where the course is another one than the counted one; MongoDB compares the lists, and they stay there. */
  async function countAnew(userId: string, courseIds: Types.ObjectId[]): Promise<NewCount[]> {
    const key = { userId: id(userId), courseId: { $in: courseIds } }
    const counts = await Progress.aggregate<NewCount>(countStages(key))
    await Progress.bulkWrite(
      counts.map((count) => ({ updateOne: { filter: stillAs(id(userId), count), update: toSet(count) } })),
      { ordered: false },
    )
    return counts
  }

  return {
    async percentages(userId, headings) {
      const rows = await counted(userId)
      const found = new Map<string, number>()
      const stale: Types.ObjectId[] = []
      for (const { courseId, done, doneVersion } of rows) {
        const heading = headings.get(courseId.toHexString())
        if (heading === undefined) continue
        if (heading.version === doneVersion)
          found.set(courseId.toHexString(), percentage(done ?? 0, heading.totalLectures))
        else stale.push(courseId)
      }
      if (stale.length === 0) return found
      for (const { courseId, done, total } of await countAnew(userId, stale))
        found.set(courseId.toHexString(), percentage(done, total))
      return found
    },
  }
}

const listOf = (field: string) => ({ $ifNull: [field, []] })

const countStages = (key: object): PipelineStage[] => [
  { $match: key },
  { $project: { _id: 0, courseId: 1, completedLectures: 1 } },
  { $lookup: { from: 'courseMeta', localField: 'courseId', foreignField: '_id', as: 'course' } },
  { $unwind: '$course' },
  {
    $project: {
      courseId: 1,
      completed: { $size: listOf('$completedLectures') },
      done: { $size: { $setIntersection: [listOf('$completedLectures'), '$course.lectures'] } },
      version: '$course.version',
      total: '$course.totalLectures',
    },
  },
]

/**
 * Nothing was completed since it was counted: completed lectures only grow. A count of an older version that comes late is
 * harmless, as its version says that it has to be counted anew.
 */
const stillAs = (userId: Types.ObjectId, { courseId, completed }: NewCount) => ({
  userId,
  courseId,
  $expr: { $eq: [{ $size: listOf('$completedLectures') }, completed] },
})
const toSet = ({ done, version }: NewCount) => ({ $set: { done, doneVersion: version } })
