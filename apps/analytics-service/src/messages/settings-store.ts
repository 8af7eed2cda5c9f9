import type { MessageKind, MessageSettings } from '@aetherlearn/contracts/analytics/messages'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

export type Wishes = Omit<MessageSettings, 'mailPossible'>
/** What holds for those who never chose. */
const DEFAULTS: Wishes = { nudges: 'mail', digests: 'mail' }
export const wishFor = { nudge: 'nudges', digest: 'digests' } as const satisfies Record<
  MessageKind,
  keyof Wishes
>

type SettingsRow = Partial<Wishes> & {
  /** The user's id. */
  _id: string
}
const settingsSchema = new Schema<SettingsRow>(
  { _id: String, nudges: String, digests: String },
  { versionKey: false, collection: 'messageSettings' },
)

export type SettingsStore = {
  /** Of all of them, also of those who never chose. */
  among(userIds: string[], session?: Session): Promise<Map<string, Wishes>>
  of(userId: string): Promise<Wishes>
  /** Throws UNAUTHENTICATED for somebody who is erased. */
  save(userId: string, wishes: Partial<Wishes>): Promise<void>
}

/** Which messages people want. */
export function createSettingsStore(
  connection: MongoConnection,
  erasure: Pick<Erasure, 'assertPresent'>,
): SettingsStore {
  const Settings = connection.model<SettingsRow>('MessageSettings', settingsSchema)

  async function among(userIds: string[], session?: Session) {
    const rows = await Settings.find({ _id: { $in: userIds } })
      .session(session ?? null)
      .lean()
    const chosen = new Map(rows.map(({ _id, ...wishes }) => [_id, wishes]))
    return new Map(userIds.map((userId) => [userId, { ...DEFAULTS, ...chosen.get(userId) }]))
  }

  return {
    among,
    of: async (userId) => (await among([userId])).get(userId) ?? DEFAULTS,
    async save(userId, wishes) {
      await erasure.assertPresent(userId)
      await transaction(connection, (session) =>
        Settings.updateOne({ _id: userId }, { $set: wishes }, { upsert: true, session }),
      )
    },
  }
}
