import type { LearningExport } from '@aetherlearn/contracts/progress/export'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'

type Section = Exclude<
  keyof LearningExport,
  'schemaVersion' | 'userId' | 'exportedAt' | 'unsaved' | 'watching' | 'history'
>
type Holding = {
  section: Section
  collection: string
  field: '_id' | 'userId' | 'userIds' | 'payload.userId'
}

/** Every collection but the history that holds something about a person, and the field in which that person stands. */
export const HOLDINGS: readonly Holding[] = [
  // First: from then on nobody finds the person enrolled.
  { section: 'enrolments', collection: 'enrolments', field: 'userId' },
  { section: 'courses', collection: 'progress', field: 'userId' },
  { section: 'days', collection: 'activity', field: 'userId' },
  { section: 'results', collection: 'results', field: 'userId' },
  { section: 'packages', collection: 'packageStates', field: 'userId' },
  { section: 'launches', collection: 'launches', field: 'userId' },
  { section: 'registrations', collection: 'registrations', field: 'userId' },
  { section: 'statements', collection: 'statements', field: 'userIds' },
  { section: 'statementFiles', collection: 'statementAttachments', field: 'userIds' },
  { section: 'recordDocuments', collection: 'recordDocuments', field: 'userId' },
  { section: 'evidence', collection: 'evidence', field: 'userId' },
  { section: 'evidenceChain', collection: 'evidenceHeads', field: '_id' },
  { section: 'evidenceCourses', collection: 'evidenceTotals', field: 'userId' },
  { section: 'evidenceWaiting', collection: 'evidenceDue', field: 'userId' },
  { section: 'notes', collection: 'notes', field: 'userId' },
  { section: 'notebooks', collection: 'notebooks', field: 'userId' },
  { section: 'lateEvents', collection: 'lateEvents', field: 'userId' },
  { section: 'lateWorth', collection: 'lateLearners', field: '_id' },
  { section: 'learner', collection: 'learners', field: '_id' },
  { section: 'announcements', collection: 'outbox', field: 'payload.userId' },
]

/** Read and sent at a time. */
const BATCH = 200

export type PersonalStore = {
  /** Of which there are rows. */
  courseIds(userId: string): Promise<string[]>
  rows(holding: Holding, userId: string): AsyncIterable<object>
  /** What `erase` would remove, by collection. */
  count(userId: string): Promise<Record<string, number>>
  /** All rows of all holdings; again, it changes nothing. */
  erase(userId: string): Promise<void>
}

export function createPersonalStore(connection: MongoConnection): PersonalStore {
  /** Ids are kept as they are or as their hex digits. */
  const either = (userId: string) => ({ $in: [userId, new Types.ObjectId(userId)] })

  return {
    async courseIds(userId) {
      const found = await Promise.all(
        ['enrolments', 'progress'].map((name) =>
          connection.collection(name).distinct('courseId', { userId: either(userId) }),
        ),
      )
      return [...new Set(found.flat().map(String))]
    },

    rows: ({ collection, field }, userId) =>
      connection.collection(collection).find({ [field]: either(userId) }, { batchSize: BATCH }),

    async count(userId) {
      const counted = HOLDINGS.map(async ({ collection, field }) => {
        const count = await connection.collection(collection).countDocuments({ [field]: either(userId) })
        return [collection, count] as const
      })
      return Object.fromEntries(await Promise.all(counted))
    },

    async erase(userId) {
      for (const { collection, field } of HOLDINGS)
        await connection.collection(collection).deleteMany({ [field]: either(userId) })
    },
  }
}
