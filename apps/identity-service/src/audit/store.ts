import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

/** What happened to an account that its owner or an admin may ask about later. */
export type AuditEntry = {
  action: 'session.reuse-detected' | 'user.role-changed' | 'user.first-admin-made' | 'user.erased'
  userId: string
  /** Who did it; absent where it was nobody we know. */
  by?: string
  details?: Record<string, string>
}

const auditSchema = new Schema<AuditEntry & { at: Date }>(
  {
    action: { type: String, required: true },
    userId: { type: String, required: true },
    by: String,
    details: Schema.Types.Mixed,
    at: { type: Date, required: true },
  },
  { versionKey: false, collection: 'audit' },
)
auditSchema.index({ userId: 1, at: -1 })

export type Audit = {
  record(entry: AuditEntry, session?: Session): Promise<void>
  ofUser(userId: string): Promise<AuditEntry[]>
}

export function createAudit(connection: MongoConnection, clock: () => Date): Audit {
  const Row = connection.model('Audit', auditSchema)
  return {
    record: async (entry, session) => {
      await Row.create([{ ...entry, at: clock() }], session ? { session } : {})
    },
    ofUser: async (userId) => {
      const rows = await Row.find({ userId }).sort({ at: -1 }).lean()
      return rows.map(({ action, by, details }) => ({
        action,
        userId,
        ...(by === undefined ? {} : { by }),
        ...(details === undefined ? {} : { details }),
      }))
    },
  }
}
