import { fail } from '@aetherlearn/service-kit/errors'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { MAX_RECORD_KEYS, type RecordKey } from '@aetherlearn/contracts/progress/records'
import { Schema, Types } from 'mongoose'

type KeyRow = {
  _id: Types.ObjectId
  courseId: string
  name: string
  createdBy: string
  createdAt: Date
  /** SHA-256 of the secret, which is as random as a key can be. */
  secretHash: string
}
const keySchema = new Schema<KeyRow>(
  {
    _id: Schema.Types.ObjectId,
    courseId: { type: String, required: true },
    name: { type: String, required: true },
    createdBy: { type: String, required: true },
    createdAt: { type: Date, required: true },
    secretHash: { type: String, required: true },
  },
  { versionKey: false, collection: 'recordKeys' },
)
keySchema.index({ courseId: 1, createdAt: 1 })

type NewKey = { courseId: string; name: string; createdBy: string; at: Date; secretHash: string }
export type KeyStore = {
  /** Throws QUOTA_EXCEEDED where the course has as many as there can be. */
  add(key: NewKey): Promise<RecordKey>
  list(courseId: string): Promise<RecordKey[]>
  /** False where there was none. */
  remove(courseId: string, keyId: string): Promise<boolean>
  find(keyId: string): Promise<(RecordKey & { courseId: string; secretHash: string }) | undefined>
}

/** Keys to the records of courses; asked each time, so that what is revoked is out at once. */
export function createKeyStore(connection: MongoConnection): KeyStore {
  const Keys = connection.model<KeyRow>('RecordKey', keySchema)
  const keyOf = ({ _id, name, createdBy, createdAt }: KeyRow): RecordKey => ({
    keyId: _id.toHexString(),
    name,
    createdBy,
    createdAt: createdAt.toISOString(),
  })

  return {
    async add({ at, ...key }) {
      if ((await Keys.countDocuments({ courseId: key.courseId })) >= MAX_RECORD_KEYS)
        throw fail('QUOTA_EXCEEDED', { detail: `A course has ${MAX_RECORD_KEYS} keys at most` })
      const row = { _id: new Types.ObjectId(), ...key, createdAt: at }
      await Keys.create(row)
      return keyOf(row)
    },

    list: async (courseId) =>
      (await Keys.find({ courseId }).sort({ createdAt: 1 }).lean<KeyRow[]>()).map(keyOf),

    async remove(courseId, keyId) {
      const { deletedCount } = await Keys.deleteOne({ _id: new Types.ObjectId(keyId), courseId })
      return deletedCount === 1
    },

    async find(keyId) {
      const row = await Keys.findById(new Types.ObjectId(keyId)).lean<KeyRow>()
      if (row === null) return undefined
      return { ...keyOf(row), courseId: row.courseId, secretHash: row.secretHash }
    },
  }
}
