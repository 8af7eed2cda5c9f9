import { createHash } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import { isDuplicateKey, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'

export type DocumentKind = 'state' | 'activityProfile' | 'agentProfile'
/** What documents stand under. */
export type Shelf = {
  courseId: string
  kind: DocumentKind
  /** '' of an agent profile. */
  activityId: string
  /** `agentKey`; '' of an activity profile. */
  agent: string
  /** '' where none is named; undefined: any. */
  registration?: string | undefined
  /** The person of ours that the agent is. */
  userId?: string | undefined
}
export type DocumentKey = Shelf & { documentId: string }
export type StoredDocument = { contentType: string; bytes: Buffer; etag: string; updatedAt: Date }
type DocumentRow = Required<Omit<Shelf, 'userId'>> & {
  _id: string
  documentId: string
  userId?: string
  contentType: string
  bytes: Buffer
  etag: string
  updatedAt: Date
}
const required = { type: String, required: true } as const
/** Also the empty text, which mongoose takes for nothing. */
const present = { type: String, default: '' } as const
const documentSchema = new Schema<DocumentRow>(
  {
    _id: String,
    courseId: required,
    kind: required,
    activityId: present,
    agent: present,
    registration: present,
    documentId: required,
    userId: String,
    contentType: required,
    bytes: { type: Buffer, required: true },
    etag: required,
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'recordDocuments' },
)
documentSchema.index({ courseId: 1, kind: 1, agent: 1, activityId: 1, registration: 1 })
documentSchema.index({ userId: 1 })

export type Content = Pick<StoredDocument, 'contentType' | 'bytes'>
export type DocumentStore = {
  read(key: DocumentKey): Promise<StoredDocument | undefined>
  /** Their ids, oldest change first. */
  list(shelf: Shelf, since?: Date): Promise<{ documentIds: string[]; updatedAt: Date | undefined }>
  /**
   * Keeps what `change` makes of the document as it is; throws what `change` throws. Writers at the same time take
   * turns.
   */
  change(key: DocumentKey, change: (known: StoredDocument | undefined) => Content, at: Date): Promise<void>
  /** `check` sees what is removed. */
  remove(key: DocumentKey, check: (known: StoredDocument | undefined) => void): Promise<void>
  removeAll(shelf: Shelf, but: string[]): Promise<void>
  /** Of one person. */
  countOf(courseId: string, userId: string): Promise<number>
}

/** Others may write in between so many times. */
const TRIES = 20

/** Documents that activities and their players keep: states and profiles. */
export function createDocumentStore(connection: MongoConnection): DocumentStore {
  const Documents = connection.model<DocumentRow>('RecordDocument', documentSchema)

  const idOf = ({ courseId, kind, activityId, agent, registration = '', documentId }: DocumentKey) => {
    const key = JSON.stringify([kind, activityId, agent, registration, documentId])
    return `${courseId} ${createHash('sha256').update(key).digest('base64url')}`
  }
  const on = ({ courseId, kind, activityId, agent, registration }: Shelf) => ({
    courseId,
    kind,
    activityId,
    agent,
    ...(registration !== undefined && { registration }),
  })

  async function read(key: DocumentKey): Promise<StoredDocument | undefined> {
    return (await Documents.findById(idOf(key))) ?? undefined
  }

  /** False where somebody else was faster. */
  async function replace(key: DocumentKey, known: StoredDocument | undefined, content: Content, at: Date) {
    const etag = createHash('sha1').update(content.bytes).digest('hex')
    const { documentId, registration = '', userId } = key
    const row = {
      ...on(key),
      registration,
      documentId,
      ...content,
      etag,
      updatedAt: at,
      ...(userId && { userId }),
    }
    if (known === undefined) {
      try {
        await Documents.create({ _id: idOf(key), ...row })
        return true
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    }
    const { matchedCount } = await Documents.updateOne({ _id: idOf(key), etag: known.etag }, { $set: row })
    return matchedCount === 1
  }

  return {
    read,

    async list(shelf, since) {
      const filter = { ...on(shelf), ...(since && { updatedAt: { $gt: since } }) }
      const rows = await Documents.find(filter, { documentId: 1, updatedAt: 1 }).sort({ updatedAt: 1 }).lean()
      return {
        documentIds: [...new Set(rows.map((row) => row.documentId))],
        updatedAt: rows.at(-1)?.updatedAt,
      }
    },

    async change(key, change, at) {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const known = await read(key)
        if (await replace(key, known, change(known), at)) return
      }
      throw fail('UNAVAILABLE', { internal: 'a document is written without end', retryAfterSeconds: 1 })
    },

    async remove(key, check) {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const known = await read(key)
        check(known)
        if (known === undefined) return
        const { deletedCount } = await Documents.deleteOne({ _id: idOf(key), etag: known.etag })
        if (deletedCount === 1) return
      }
      throw fail('UNAVAILABLE', { internal: 'a document is written without end', retryAfterSeconds: 1 })
    },

    async removeAll(shelf, but) {
      await Documents.deleteMany({ ...on(shelf), documentId: { $nin: but } })
    },

    countOf: (courseId, userId) => Documents.countDocuments({ courseId, userId }).exec(),
  }
}
