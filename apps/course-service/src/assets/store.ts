import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import { mediaDiscarded, type Rendition, type SoundTrack } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, Types, type Connection } from 'mongoose'
import { captionModel } from '../captions/store.ts'
import type { CourseModels } from '../courses/store.ts'
import type { Snapshots } from '../publishing/store.ts'
import type { UsageStore } from '../uploads/usage-store.ts'

/** What can be played of a video: its renditions lie in `folder`. */
export type Ladder = { folder: string; renditions: Rendition[]; sound?: SoundTrack }
/** What can be opened of a package: its files lie in `folder`. */
export type StoredPackage = Omit<LecturePackage, 'packageId'> & { folder: string }
/** An uploaded video or package: what was sent, and all that was made of it. Its id is that of the upload. */
export type AssetRow = {
  _id: { toString(): string }
  /** For which it was uploaded; duplicates of that lecture play it too. */
  lectureId: string
  ownerId: string
  sizeBytes: number
  /** Of the file as it was sent. */
  rawKey: string
  /** Of the same, where it is known. */
  sha256?: string
  state: 'KEPT' | 'REMOVING'
  /**
   * Here and not in lectures, as a snapshot of thousands of them is one document. Absent until the first rendition is
   * made, and where the folder holds a master playlist of its own: videos made before this field.
   */
  ladder?: Ladder
  /** Absent for a video. Of a package that is still being taken in: without its files. */
  kind?: 'package'
  package?: StoredPackage
  /** When somebody last came to refer to it: writing this is what makes a removal at the same moment wait. */
  keptAt?: Date
  /** From when on it may be that nothing needs it any more. */
  releasedAt?: Date
}
const assetSchema = new Schema<AssetRow>(
  {
    _id: Schema.Types.ObjectId,
    lectureId: { type: String, required: true },
    ownerId: { type: String, required: true },
    sizeBytes: { type: Number, required: true },
    rawKey: { type: String, required: true },
    sha256: String,
    state: { type: String, enum: ['KEPT', 'REMOVING'], default: 'KEPT' },
    ladder: Schema.Types.Mixed,
    kind: { type: String, enum: ['package'] },
    package: Schema.Types.Mixed,
    keptAt: Date,
    releasedAt: Date,
  },
  { versionKey: false, collection: 'assets' },
)
assetSchema.index({ releasedAt: 1 }, { partialFilterExpression: { releasedAt: { $exists: true } } })

type Ref = { toString(): string }
export type NewAsset = Pick<AssetRow, 'lectureId' | 'ownerId' | 'sizeBytes' | 'rawKey' | 'sha256'> &
  Pick<AssetRow, 'kind' | 'package'> & { uploadId: string }
export type AssetStore = ReturnType<typeof createAssetStore>
type Deps = {
  connection: Connection
  models: CourseModels
  snapshotModel: Snapshots
  usage: UsageStore
  outbox: Outbox
}

const ids = (refs: (Ref | undefined)[]) =>
  [...new Set(refs.flatMap((ref) => (ref === undefined ? [] : [String(ref)])))].map(
    (id) => new Types.ObjectId(id),
  )

/**
 * Videos, shared by all that refer to them: lectures, their duplicates and snapshots. There is no count of references that
 * could go wrong: a released video is removed only when a look at the referrers finds none, and every new referrer
 * writes the same row in its transaction, so that the two cannot pass each other.
 */
export function createAssetStore({ connection, models, snapshotModel: Snapshots, usage, outbox }: Deps) {
  const Assets = connection.model('Asset', assetSchema)
  const Captions = captionModel(connection)
  const { Lectures } = models

  const isReferredTo = async (_id: Types.ObjectId, session: Session) => {
    const ofLecture = { $or: [{ uploadId: _id }, { 'media.uploadId': _id }] }
    if (await Lectures.exists(ofLecture).session(session)) return true
    // Snapshots hold it as it stood in the lecture.
    return (await Snapshots.exists({ 'lectures.media.uploadId': _id }).session(session)) !== null
  }

  return {
    /** In the transaction in which a lecture gets its video. */
    create: async ({ uploadId, ...asset }: NewAsset, session: Session): Promise<void> => {
      await Assets.create([{ _id: uploadId, ...asset }], { session })
    },

    /**
     * Before a byte of a package is put. Nothing refers to it yet: unless it is filled by then, it is taken away at
     * `until`, whatever became of who began it.
     */
    beginPackage: async ({ uploadId, ...asset }: NewAsset, until: Date): Promise<void> => {
      await Assets.create([{ _id: uploadId, ...asset, kind: 'package', releasedAt: until }])
    },

    /** In the transaction in which a lecture gets it; throws where it was given up. */
    fillPackage: async (
      uploadId: string,
      sizeBytes: number,
      held: StoredPackage,
      session: Session,
    ): Promise<void> => {
      const begun = { _id: uploadId, state: 'KEPT' as const, package: { $exists: false } }
      const change = {
        $set: { sizeBytes, package: held, keptAt: new Date() },
        $unset: { releasedAt: 1 as const },
      }
      const { matchedCount } = await Assets.updateOne(begun, change, { session })
      if (matchedCount === 0) throw fail('TOO_SLOW')
    },

    /** Where it was filled after all, its lecture refers to it, and it stays. */
    giveUpPackage: async (uploadId: string): Promise<void> => {
      const change = { $set: { releasedAt: new Date() } }
      await Assets.updateOne({ _id: uploadId, state: 'KEPT' }, change)
    },

    packagesOf: async (refs: Ref[], session: Session): Promise<Map<string, LecturePackage>> => {
      if (refs.length === 0) return new Map()
      const wanted = { _id: { $in: ids(refs) } }
      const rows = await Assets.find(wanted, { package: 1 }).session(session).lean<AssetRow[]>()
      return new Map(rows.flatMap(toldOf))
    },

    /** Nothing where it is being removed. */
    find: async (uploadId: string): Promise<AssetRow | undefined> =>
      (await Assets.findOne({ _id: uploadId, state: 'KEPT' }).lean<AssetRow>()) ?? undefined,

    /** For whoever refers to these videos from now on; throws where one is being removed already. */
    keep: async (refs: (Ref | undefined)[], session: Session): Promise<void> => {
      const wanted = ids(refs)
      const kept = { _id: { $in: wanted }, state: 'KEPT' as const }
      const { matchedCount } = await Assets.updateMany(kept, { $set: { keptAt: new Date() } }, { session })
      if (matchedCount < wanted.length)
        throw fail('LECTURE_NOT_READY', { detail: 'A video was just removed' })
    },

    /** For whoever refers to these videos no more; they may be gone soon, or after so many seconds. */
    release: async (refs: (Ref | undefined)[], session: Session, graceSeconds = 0): Promise<void> => {
      const released = { $set: { releasedAt: new Date(Date.now() + graceSeconds * 1000) } }
      await Assets.updateMany({ _id: { $in: ids(refs) }, state: 'KEPT' }, released, { session })
    },

    /** What its master playlist offers from now on; nothing where it has a stored one. */
    offer: async (uploadId: string, ladder: Ladder | undefined, session: Session): Promise<void> => {
      const change = ladder === undefined ? { $unset: { ladder: 1 as const } } : { $set: { ladder } }
      await Assets.updateOne({ _id: uploadId }, change, { session })
    },

    laddersOf: async (uploadIds: string[]): Promise<Map<string, Ladder>> => {
      const rows = await Assets.find({ _id: { $in: uploadIds } }, { ladder: 1 }).lean<AssetRow[]>()
      return new Map(rows.flatMap(({ _id, ladder }) => (ladder === undefined ? [] : [[String(_id), ladder]])))
    },

    /** Files of a video that nobody waits for any more have appeared: its removal begins (again). */
    discard: async (
      uploadId: string,
      lectureId: string,
      ownerId: string,
      session: Session,
    ): Promise<void> => {
      const gone = { lectureId, ownerId, sizeBytes: 0, rawKey: `raw/${uploadId}`, state: 'KEPT' as const }
      // This may be told again at any time: those who still play it keep the time that they were given.
      const change = { $max: { releasedAt: new Date() }, $setOnInsert: gone }
      await Assets.updateOne({ _id: uploadId }, change, { session, upsert: true })
    },

    released: async (limit: number, now = new Date()): Promise<AssetRow[]> =>
      Assets.find({ releasedAt: { $lte: now } })
        .sort({ releasedAt: 1 })
        .limit(limit)
        .lean<AssetRow[]>(),

    /** True when its files are to be removed; false when something refers to it after all. Can be repeated. */
    claim: ({ _id: ref }: AssetRow, traceId?: string): Promise<boolean> =>
      transaction(connection, async (session) => {
        const _id = new Types.ObjectId(String(ref))
        const asset = await Assets.findById(_id).session(session).lean<AssetRow>()
        if (asset === null) return false
        if (asset.state === 'REMOVING') return true
        if (await isReferredTo(_id, session)) {
          await Assets.updateOne({ _id }, { $unset: { releasedAt: 1 } }, { session })
          return false
        }
        await Assets.updateOne({ _id }, { $set: { state: 'REMOVING' } }, { session })
        const { ownerId, sizeBytes, lectureId } = asset
        if (sizeBytes > 0) await usage.release(ownerId, sizeBytes, session)
        if (asset.kind === 'package') return true
        await outbox.add(mediaDiscarded, { lectureId, uploadId: String(_id) }, session, traceId)
        return true
      }),

    forget: async ({ _id }: AssetRow): Promise<void> => {
      await Captions.deleteMany({ uploadId: String(_id) })
      await Assets.deleteOne({ _id, state: 'REMOVING' })
    },

    /** Videos from before there were assets. */
    recordMissing: async (): Promise<void> => {
      await connection.collection('uploads').aggregate(fromUploads).toArray()
    },
  }
}

function toldOf({ _id, package: held }: AssetRow): [string, LecturePackage][] {
  if (held === undefined) return []
  const { standard, title, items } = held
  return [[String(_id), { packageId: String(_id), standard, title, items }]]
}

const fromUploads = [
  { $match: { state: 'DONE' } },
  {
    $project: {
      lectureId: 1,
      ownerId: 1,
      sizeBytes: { $ifNull: ['$sizeBytes', 0] },
      rawKey: '$parts.key',
      state: { $literal: 'KEPT' },
    },
  },
  { $merge: { into: 'assets', whenMatched: 'keepExisting' } },
]
