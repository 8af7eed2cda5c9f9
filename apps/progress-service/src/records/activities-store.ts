import { createHash } from 'node:crypto'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'
import { mergedDefinition } from './activity-rules.ts'
import type { Activity } from './statement-parse.ts'

type ActivityRow = {
  _id: string
  courseId: string
  activityId: string
  /** As JSON: the names in extensions are addresses, with dots. */
  definition: string
}
const activitySchema = new Schema<ActivityRow>(
  {
    _id: String,
    courseId: { type: String, required: true },
    activityId: { type: String, required: true },
    definition: { type: String, required: true },
  },
  { versionKey: false, collection: 'recordActivities' },
)

export type Definition = Record<string, unknown>
export type ActivityStore = {
  /** Adds what these say to what is known; `onlyUnknown` leaves alone what is known already. */
  learn(courseId: string, activities: Activity[], onlyUnknown: boolean): Promise<void>
  /** Activity id → what is known of it. */
  known(courseId: string, activityIds: string[]): Promise<Map<string, Definition>>
}

/** What a course's records say of activities. */
export function createActivityStore(connection: MongoConnection): ActivityStore {
  const Activities = connection.model<ActivityRow>('RecordActivity', activitySchema)
  const keyOf = (courseId: string, activityId: string) =>
    `${courseId} ${createHash('sha256').update(activityId).digest('base64url')}`

  async function known(courseId: string, activityIds: string[]) {
    const keys = [...new Set(activityIds)].map((activityId) => keyOf(courseId, activityId))
    if (keys.length === 0) return new Map<string, Definition>()
    const rows = await Activities.find({ _id: { $in: keys } }).lean()
    return new Map(rows.map((row) => [row.activityId, JSON.parse(row.definition) as Definition]))
  }

  return {
    known,
    async learn(courseId, activities, onlyUnknown) {
      const told = activities.filter(({ definition }) => definition !== undefined)
      if (told.length === 0) return
      const before = await known(
        courseId,
        told.map(({ id }) => id),
      )
      const after = new Map<string, Definition>()
      for (const { id, definition = {} } of told)
        if (!onlyUnknown || !before.has(id))
          after.set(id, mergedDefinition(after.get(id) ?? before.get(id) ?? {}, definition))
      // Most say what was said before: a write would wait for a majority all the same.
      const isOther = ([id, definition]: [string, Definition]) =>
        JSON.stringify(definition) !== JSON.stringify(before.get(id))
      const writes = [...after].filter(isOther).map(([activityId, definition]) => ({
        updateOne: {
          filter: { _id: keyOf(courseId, activityId) },
          update: { $set: { courseId, activityId, definition: JSON.stringify(definition) } },
          upsert: true,
        },
      }))
      if (writes.length > 0) await Activities.bulkWrite(writes, { ordered: false })
    },
  }
}
