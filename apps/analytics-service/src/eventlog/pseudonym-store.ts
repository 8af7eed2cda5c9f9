import { randomBytes } from 'node:crypto'
import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { mongo, Schema } from 'mongoose'
import type { Unnamed } from '../consent/unnamed.ts'

type PseudonymRow = {
  /** The user's id. */
  _id: string
  pseudonym: string
}
const pseudonymSchema = new Schema<PseudonymRow>(
  { _id: String, pseudonym: { type: String, required: true } },
  { versionKey: false, collection: 'pseudonyms' },
)
pseudonymSchema.index({ pseudonym: 1 }, { unique: true })

export type Pseudonyms = {
  /** User id → what stands for them in the log. Whoever may not be known gets one that nobody remembers. */
  of(userIds: string[]): Promise<Map<string, string>>
  /** The one of this person; undefined: nothing in the log is known to be theirs. */
  known(userId: string): Promise<string | undefined>
  /** Pseudonym → user id, for those that are known. */
  owners(pseudonyms: string[]): Promise<Map<string, string>>
}

const RANDOM_BYTES = 16
const LARGEST_QUERY = 5000
const DUPLICATE_KEY = 11_000

/**
 * Students in the log of events. A pseudonym is random, and this collection alone tells whose it is: without its row the
 * events of that student are nobody's, in ClickHouse and in Kafka alike, and nothing has to be written anew there.
 */
export function createPseudonyms(connection: MongoConnection, unnamed: Unnamed): Pseudonyms {
  const Rows = connection.model<PseudonymRow>('Pseudonym', pseudonymSchema)
  const fresh = () => randomBytes(RANDOM_BYTES).toString('base64url')
  async function read(userIds: string[]) {
    const rows = await Rows.find({ _id: { $in: userIds } }).lean()
    return new Map(rows.map(({ _id, pseudonym }) => [_id, pseudonym]))
  }

  return {
    async of(userIds) {
      if (userIds.length === 0) return new Map()
      const hidden = await unnamed.among(userIds)
      const found = await read(userIds.filter((userId) => !hidden.has(userId)))
      const missing = userIds.filter((userId) => !hidden.has(userId) && !found.has(userId))
      const added = missing.map((userId) => ({ _id: userId, pseudonym: fresh() }))
      // Where another instance was faster, its one stands.
      if (added.length > 0) await Rows.insertMany(added, { ordered: false }).catch(unlessThere)
      const stored = added.length > 0 ? await read(missing) : new Map<string, string>()
      return new Map(
        userIds.map((userId) => [userId, found.get(userId) ?? stored.get(userId) ?? fresh()] as const),
      )
    },

    known: async (userId) => (await Rows.findById(userId).lean())?.pseudonym,

    async owners(pseudonyms) {
      const owners = new Map<string, string>()
      for (let i = 0; i < pseudonyms.length; i += LARGEST_QUERY) {
        const some = pseudonyms.slice(i, i + LARGEST_QUERY)
        const rows = await Rows.find({ pseudonym: { $in: some } }).lean()
        for (const { _id, pseudonym } of rows) owners.set(pseudonym, _id)
      }
      return owners
    },
  }
}

function unlessThere(error: unknown) {
  const known = error instanceof mongo.MongoBulkWriteError || error instanceof mongo.MongoServerError
  if (!known || error.code !== DUPLICATE_KEY) throw error
}
