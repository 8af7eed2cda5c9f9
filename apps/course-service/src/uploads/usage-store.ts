import { fail } from '@aetherlearn/service-kit/errors'
import { isDuplicateKey, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema, type Connection } from 'mongoose'

export type UploadLimits = {
  /** Stored and open bytes of one person. */
  quotaBytes: number
  maxOpenUploads: number
}
type Reservation = { uploadId: string; sizeBytes: number; at: Date }
/** One document a person, so that one conditional update decides, whatever comes in at the same moment. */
type UsageRow = { _id: string; storedBytes: number; open: Reservation[] }
const usageSchema = new Schema<UsageRow>(
  {
    _id: { type: String, required: true },
    storedBytes: { type: Number, default: 0 },
    open: [
      new Schema<Reservation>({ uploadId: String, sizeBytes: Number, at: Date }, { _id: false, id: false }),
    ],
  },
  { versionKey: false, collection: 'uploadUsage' },
)
usageSchema.index({ 'open.at': 1 })

export type Usage = { usedBytes: number; openUploads: number }
export type UsageStore = ReturnType<typeof createUsageStore>

const OPEN_BYTES = { $sum: '$open.sizeBytes' }
const usageOf = (row: UsageRow | null): Usage => ({
  usedBytes: (row?.storedBytes ?? 0) + (row?.open ?? []).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  openUploads: row?.open.length ?? 0,
})

/** Who keeps how many bytes here. Everything but `reserve` can be repeated: an upload is counted once. */
export function createUsageStore(connection: Connection) {
  const Usages = connection.model('UploadUsage', usageSchema)
  const read = async (ownerId: string) => usageOf(await Usages.findById(ownerId).lean<UsageRow>())
  const refuse = async (ownerId: string, limits: UploadLimits, wanted: number): Promise<never> => {
    const { usedBytes, openUploads } = await read(ownerId)
    const detail =
      `${usedBytes} of ${limits.quotaBytes} bytes and ${openUploads} of ${limits.maxOpenUploads} open uploads ` +
      `are in use; this takes ${wanted} bytes`
    throw fail('QUOTA_EXCEEDED', { detail })
  }
  const prepare = async (ownerId: string) => {
    const row = { $setOnInsert: { storedBytes: 0, open: [] } }
    await Usages.updateOne({ _id: ownerId }, row, { upsert: true }).catch((error: unknown) => {
      // Somebody else was first.
      if (!isDuplicateKey(error)) throw error
    })
  }
  const room = (sizeBytes: number, { quotaBytes }: UploadLimits) => ({
    $lte: [{ $add: ['$storedBytes', OPEN_BYTES, sizeBytes] }, quotaBytes],
  })

  return {
    read,

    /** Takes room for a new upload (or import); throws QUOTA_EXCEEDED. An upload of unknown size begins with 0. */
    reserve: async (
      { ownerId, uploadId, sizeBytes }: { ownerId: string; uploadId: string; sizeBytes: number },
      limits: UploadLimits,
    ): Promise<void> => {
      const fits = { $and: [room(sizeBytes, limits), { $lt: [{ $size: '$open' }, limits.maxOpenUploads] }] }
      const entry = { uploadId, sizeBytes, at: new Date() }
      const take = () => Usages.updateOne({ _id: ownerId, $expr: fits }, { $push: { open: entry } })
      if ((await take()).matchedCount === 1) return
      await prepare(ownerId)
      if ((await take()).matchedCount === 0) await refuse(ownerId, limits, sizeBytes)
    },

    /** An upload of unknown size now reaches to this byte; throws QUOTA_EXCEEDED. */
    grow: async (
      { ownerId, uploadId, sizeBytes }: { ownerId: string; uploadId: string; sizeBytes: number },
      limits: UploadLimits,
    ): Promise<void> => {
      const smaller = { _id: ownerId, open: { $elemMatch: { uploadId, sizeBytes: { $lt: sizeBytes } } } }
      const before = { $filter: { input: '$open', cond: { $eq: ['$$this.uploadId', uploadId] } } }
      const more = { $subtract: [sizeBytes, { $sum: { $map: { input: before, in: '$$this.sizeBytes' } } }] }
      const fits = { $lte: [{ $add: ['$storedBytes', OPEN_BYTES, more] }, limits.quotaBytes] }
      const change = { $set: { 'open.$.sizeBytes': sizeBytes } }
      if ((await Usages.updateOne({ ...smaller, $expr: fits }, change)).matchedCount === 1) return
      if (await Usages.exists(smaller)) await refuse(ownerId, limits, sizeBytes)
    },

    /** The upload has ended without a video. */
    drop: async ({ ownerId, uploadId }: { ownerId: string; uploadId: string }): Promise<void> => {
      await Usages.updateOne({ _id: ownerId }, { $pull: { open: { uploadId } } })
    },

    /** The upload has become a stored video of this size. In the transaction that says so, as it is not repeatable. */
    keep: async (
      { ownerId, uploadId, sizeBytes }: { ownerId: string; uploadId: string; sizeBytes: number },
      session: Session,
    ): Promise<void> => {
      const change = { $pull: { open: { uploadId } }, $inc: { storedBytes: sizeBytes } }
      await Usages.updateOne({ _id: ownerId }, change, { session, upsert: true })
    },

    /** A stored video was removed. In the transaction that says so, as it is not repeatable. */
    release: async (ownerId: string, sizeBytes: number, session: Session): Promise<void> => {
      const storedBytes = { $max: [0, { $subtract: ['$storedBytes', sizeBytes] }] }
      await Usages.updateOne({ _id: ownerId }, [{ $set: { storedBytes } }], { session, updatePipeline: true })
    },

    /** Reservations older than that; a crash may have left some whose upload was never made. */
    reservedBefore: async (time: Date): Promise<{ ownerId: string; uploadId: string }[]> => {
      const rows = await Usages.find({ 'open.at': { $lte: time } }).lean<UsageRow[]>()
      return rows.flatMap(({ _id: ownerId, open }) =>
        open.filter(({ at }) => at <= time).map(({ uploadId }) => ({ ownerId, uploadId })),
      )
    },
  }
}
