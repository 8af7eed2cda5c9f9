import { createGathered } from '@aetherlearn/service-kit/gathered'
import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type mongo, type QueryFilter } from 'mongoose'
import { COURSES_AT_ONCE } from './rows-store.ts'

/** Whose students are counted: those of a course, of one lecture of it, or of one day, `YYYY-MM-DD`. */
export type SketchName = { courseId: string; lectureId?: string; day?: string }
export type Sketch = SketchName & { version: string; sketch: Buffer }
/** The version that means: there is no stored sketch. */
export const NO_VERSION = ''

type SketchRow = {
  /** `course`, `course:lecture` or `course@day`. */
  _id: string
  courseId: Types.ObjectId
  lectureId?: Types.ObjectId
  day?: string
  /** Random, new with each change. */
  version: string
  /** A HyperLogLog in the format of Redis. */
  sketch: Buffer
}
const sketchSchema = new Schema<SketchRow>(
  {
    _id: String,
    courseId: { type: Schema.Types.ObjectId, required: true },
    lectureId: Schema.Types.ObjectId,
    day: String,
    version: { type: String, required: true },
    sketch: { type: Buffer, required: true },
  },
  { versionKey: false, collection: 'sketches' },
)
sketchSchema.index({ courseId: 1, day: 1 })

export type Replacement = Sketch & { expected: string }
export type SketchStore = {
  /** Those of the course and its lectures, and those of days from `fromDay` on; of no day where it is left out. */
  ofCourse(courseId: string, fromDay?: string): Promise<Sketch[]>
  /** Those of days, both included. */
  ofDays(courseId: string, fromDay: string, toDay: string): Promise<Sketch[]>
  read(names: SketchName[]): Promise<Sketch[]>
  /** Replaces each sketch that still has the version `expected`; answers the ids of those that now are ours. */
  replace(sketches: Replacement[]): Promise<Set<string>>
}

export const sketchId = ({ courseId, lectureId, day }: SketchName) => {
  if (day !== undefined) return `${courseId}@${day}`
  return lectureId === undefined ? courseId : `${courseId}:${lectureId}`
}

const rowOf = ({ version, sketch, ...name }: Sketch): SketchRow => ({
  _id: sketchId(name),
  courseId: new Types.ObjectId(name.courseId),
  ...(name.lectureId !== undefined && { lectureId: new Types.ObjectId(name.lectureId) }),
  ...(name.day !== undefined && { day: name.day }),
  version,
  sketch,
})

const FLUSH_TIMEOUT_MS = 10_000

export function createSketchStore(connection: MongoConnection): SketchStore {
  const Row = connection.model<SketchRow>('Sketch', sketchSchema)
  // The driver's own calls: mongoose would look into every field.
  const stored = Row.collection as unknown as mongo.Collection<SketchRow>
  const find = async (filter: QueryFilter<SketchRow>): Promise<Sketch[]> => {
    const rows =
      await Row.find(filter).lean<(Omit<SketchRow, 'sketch'> & { sketch: { buffer: Uint8Array } })[]>()
    return rows.map(({ courseId, lectureId, day, version, sketch }) => ({
      courseId: courseId.toHexString(),
      ...(lectureId && { lectureId: lectureId.toHexString() }),
      ...(day !== undefined && { day }),
      version,
      sketch: Buffer.from(sketch.buffer),
    }))
  }

  /** Answers the versions that are stored afterwards. */
  async function replaceAll(sketches: Replacement[]): Promise<Map<string, string>> {
    // Where there was none, a row that somebody made meanwhile refuses ours by its key.
    const writes = sketches.map(({ expected, ...sketch }) =>
      expected === NO_VERSION
        ? { insertOne: { document: rowOf(sketch) } }
        : {
            updateOne: {
              filter: { _id: sketchId(sketch), version: expected },
              update: { $set: { version: sketch.version, sketch: sketch.sketch } },
            },
          },
    )
    const options = {
      ordered: false,
      writeConcern: { w: 'majority' as const },
      timeoutMS: FLUSH_TIMEOUT_MS,
    }
    const written = await stored.bulkWrite(writes, options).catch((error: unknown) => {
      if (!isDuplicateKey(error)) throw error
    })
    const all = written !== undefined && written.matchedCount + written.insertedCount === sketches.length
    if (all) return new Map(sketches.map((sketch) => [sketchId(sketch), sketch.version]))
    // A bulk answers only how many were replaced; which of them is read back.
    const filter = { _id: { $in: sketches.map(sketchId) } }
    const found = stored.find(filter, { projection: { version: 1 }, readConcern: { level: 'majority' } })
    return new Map((await found.toArray()).map((row) => [row._id, row.version]))
  }
  // What several courses store at once goes in one write.
  const gathered = createGathered({
    work: async (_, changes: Replacement[][]) => {
      const versions = await replaceAll(changes.flat())
      return changes.map(() => versions)
    },
    largestGroup: COURSES_AT_ONCE,
    patienceMs: Infinity,
  })

  return {
    async ofCourse(courseId, fromDay) {
      const course = { courseId: new Types.ObjectId(courseId) }
      const [whole, days] = await Promise.all([
        find({ ...course, day: { $exists: false } }),
        fromDay === undefined ? [] : find({ ...course, day: { $gte: fromDay } }),
      ])
      return [...whole, ...days]
    },
    ofDays: (courseId, fromDay, toDay) =>
      find({ courseId: new Types.ObjectId(courseId), day: { $gte: fromDay, $lte: toDay } }),
    read: (names) => find({ _id: { $in: names.map(sketchId) } }),

    async replace(sketches) {
      if (sketches.length === 0) return new Set()
      const versions = await gathered('', sketches)
      const ours = sketches.map((sketch) => [sketchId(sketch), sketch.version] as const)
      return new Set(ours.filter(([id, version]) => versions.get(id) === version).map(([id]) => id))
    },
  }
}
