import type { AnalyticsExport } from '@aetherlearn/contracts/analytics/personal'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'

type Section = Exclude<
  keyof AnalyticsExport,
  'schemaVersion' | 'userId' | 'exportedAt' | 'unsaved' | 'events' | 'sentMessages' | 'atRisk' | 'staffOf'
>
type Holding = { section: Section; collection: string; field: '_id' | 'userId' }

/** Every collection with rows about one person, and the field in which that person stands. */
export const HOLDINGS: readonly Holding[] = [
  { section: 'courses', collection: 'students', field: 'userId' },
  { section: 'activity', collection: 'studentActivity', field: 'userId' },
  { section: 'playbacks', collection: 'playbacks', field: 'userId' },
  { section: 'answers', collection: 'answers', field: 'userId' },
  { section: 'name', collection: 'names', field: '_id' },
  { section: 'consent', collection: 'consents', field: '_id' },
  { section: 'pseudonym', collection: 'pseudonyms', field: '_id' },
  { section: 'messages', collection: 'messages', field: 'userId' },
  { section: 'messageSettings', collection: 'messageSettings', field: '_id' },
  { section: 'writtenTo', collection: 'nudgeTurns', field: 'userId' },
  { section: 'sentToOthers', collection: 'webhookDeliveries', field: 'userId' },
  { section: 'toldAtRisk', collection: 'toldAtRisk', field: 'userId' },
]
/** Has a row for each course, with all who may see its statistics. */
export const STAFF = 'courseStaff'
/** Has a row for each course and week, with all who were at risk. */
export const DIGESTS = 'digests'
type DigestRow = {
  courseId: Types.ObjectId
  week: string
  atRiskIds: Types.ObjectId[]
  students: { userId: Types.ObjectId; reasons: object[] }[]
}
type StaffRow = { _id: string; staffIds: string[]; editorIds?: string[] }

/** Read and sent at a time. */
const BATCH = 200

export type PersonalStore = {
  /** Of which there are rows about somebody. */
  courseIds(userId: string): Promise<string[]>
  rows(holding: Holding, userId: string): AsyncIterable<object>
  /** Courses whose statistics they may see. */
  staffOf(userId: string): AsyncIterable<object>
  /** What they have written to others, without whom. */
  sentMessages(userId: string): AsyncIterable<object>
  /** Weeks of courses in whose digests they were among those at risk. */
  atRisk(userId: string): AsyncIterable<object>
  /** What `erase` would remove, by collection. */
  count(userId: string): Promise<Record<string, number>>
  /** All rows of all holdings; again, it changes nothing. */
  erase(userId: string): Promise<void>
}

export function createPersonalStore(connection: MongoConnection): PersonalStore {
  const staff = connection.collection<StaffRow>(STAFF)
  const messages = connection.collection('messages')
  const digests = connection.collection<DigestRow>(DIGESTS)
  /** Ids are kept as they are or as their hex digits. */
  const either = (userId: string) => ({ $in: [userId, new Types.ObjectId(userId)] })

  const countOf = async (collection: string, filter: object): Promise<[string, number]> => [
    collection,
    await connection.collection(collection).countDocuments(filter),
  ]

  return {
    async courseIds(userId) {
      const found = await Promise.all(
        ['students', 'studentActivity'].map((name) =>
          connection.collection(name).distinct('courseId', { userId: either(userId) }),
        ),
      )
      return [...new Set(found.flat().map(String))]
    },

    rows: ({ collection, field }, userId) =>
      connection.collection(collection).find({ [field]: either(userId) }, { batchSize: BATCH }),

    async *staffOf(userId) {
      const rows = staff.find({ staffIds: userId }, { projection: { _id: 1 }, batchSize: BATCH })
      for await (const { _id: courseId } of rows) yield { courseId }
    },

    sentMessages: (userId) =>
      messages.find(
        { senderId: new Types.ObjectId(userId) },
        { projection: { _id: 0, courseId: 1, courseTitle: 1, text: 1, sentAt: 1 }, batchSize: BATCH },
      ),

    async *atRisk(userId) {
      const rows = digests.find({ atRiskIds: new Types.ObjectId(userId) }, { batchSize: BATCH })
      for await (const { courseId, week, students } of rows)
        yield { courseId, week, reasons: students.find((one) => one.userId.equals(userId))?.reasons ?? [] }
    },

    async count(userId) {
      const counts = await Promise.all([
        ...HOLDINGS.map(({ collection, field }) => countOf(collection, { [field]: either(userId) })),
        countOf(STAFF, { staffIds: userId }),
        countOf('messages', { senderId: new Types.ObjectId(userId) }),
        countOf(DIGESTS, { atRiskIds: new Types.ObjectId(userId) }),
      ])
      return sumUp(counts)
    },

    async erase(userId) {
      const id = new Types.ObjectId(userId)
      for (const { collection, field } of HOLDINGS)
        await connection.collection(collection).deleteMany({ [field]: either(userId) })
      await staff.updateMany({ staffIds: userId }, { $pull: { staffIds: userId, editorIds: userId } })
      // The message is its reader's.
      await messages.updateMany({ senderId: new Types.ObjectId(userId) }, { $unset: { senderId: 1 } })
      await digests.updateMany({ atRiskIds: id }, { $pull: { atRiskIds: id, students: { userId: id } } })
    },
  }
}

/** Messages are held as read and as sent. */
function sumUp(counts: [string, number][]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const [name, count] of counts) sums[name] = (sums[name] ?? 0) + count
  return sums
}
