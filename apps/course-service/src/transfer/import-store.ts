import type { Course } from '@aetherlearn/contracts/course/shapes'
import { videoJob, type Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import type { AssetStore } from '../assets/store.ts'
import { insertCaptions } from '../captions/copy-store.ts'
import type { NewCaptions } from '../captions/store.ts'
import type { CourseModels } from '../courses/store.ts'
import type { TakenPackage } from '../packages/store.ts'
import type { UsageStore } from '../uploads/usage-store.ts'
import { rawKeyOf } from './rules.ts'
import { insertDraft, type NewDraft } from './store.ts'

/** An import that is under way: whatever it has put into the object store, so that a crash leaves nothing there. */
export type ImportRow = {
  _id: string
  ownerId: string
  /** Written down before each video and package is put. */
  uploadIds: string[]
  /** Done: the course is there, and only the archive itself is left to remove. */
  state: 'OPEN' | 'DONE' | 'ENDED'
  startedAt: Date
}
const importSchema = new Schema<ImportRow>(
  {
    _id: { type: String, required: true },
    ownerId: { type: String, required: true },
    uploadIds: [String],
    state: { type: String, enum: ['OPEN', 'DONE', 'ENDED'], default: 'OPEN' },
    startedAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'imports' },
)
importSchema.index({ startedAt: 1 })

type SentVideo = { uploadId: string; container: Container; sizeBytes: number; sha256: string }
export type ImportedVideo = SentVideo & { captions: NewCaptions[] }
/** By their ids. */
export type ImportedContent = { videos: Map<string, ImportedVideo>; packages: Map<string, TakenPackage> }
export type ImportStore = ReturnType<typeof createImportStore>
type Deps = {
  connection: Connection
  models: CourseModels
  assets: AssetStore
  usage: UsageStore
  outbox: Outbox
}

const packageAssetOf = (
  { packageId, sizeBytes, held }: TakenPackage,
  lectureId: string,
  ownerId: string,
) => ({
  uploadId: packageId,
  lectureId,
  ownerId,
  sizeBytes,
  rawKey: rawKeyOf(packageId),
  kind: 'package' as const,
  package: held,
})

export function createImportStore({ connection, models, assets, usage, outbox }: Deps) {
  const Imports = connection.model('Import', importSchema)
  return {
    begin: async (importId: string, ownerId: string): Promise<void> => {
      await Imports.create({ _id: importId, ownerId, startedAt: new Date() })
    },

    /** Before a video is put; throws when the import was given up. */
    expect: async (importId: string, uploadId: string): Promise<void> => {
      const open = { _id: importId, state: 'OPEN' as const }
      const { matchedCount } = await Imports.updateOne(open, { $push: { uploadIds: uploadId } })
      if (matchedCount === 0) throw fail('TOO_SLOW')
    },

    /** Course, videos, their room and their jobs, all or nothing. */
    finish: (
      { importId, ownerId }: { importId: string; ownerId: string },
      draft: NewDraft,
      { videos, packages }: ImportedContent,
      traceId: string,
    ): Promise<Course> =>
      transaction(connection, async (session) => {
        const open = { _id: importId, state: 'OPEN' as const }
        const done = { $set: { state: 'DONE' as const } }
        const { matchedCount } = await Imports.updateOne(open, done, { session })
        if (matchedCount === 0) throw fail('TOO_SLOW')
        const { course, lectures } = await insertDraft(models, draft, session)
        let storedBytes = 0
        for (const lecture of lectures) {
          const held = packages.get(String(lecture.uploadId))
          if (held !== undefined) {
            await assets.create(packageAssetOf(held, String(lecture._id), ownerId), session)
            storedBytes += held.sizeBytes
          }
          const video = videos.get(String(lecture.uploadId))
          if (video === undefined) continue
          const { captions, ...file } = video
          const { uploadId, sizeBytes, sha256 } = file
          const [lectureId, rawKey] = [String(lecture._id), rawKeyOf(uploadId)]
          await assets.create({ uploadId, lectureId, ownerId, sizeBytes, rawKey, sha256 }, session)
          const job = { ...file, lectureId, rawVideoUrl: `object:${rawKey}`, instructorId: ownerId }
          await outbox.addJob(videoJob, job, session, { traceId, id: uploadId })
          const of = { courseId: course._id, lectureId, uploadId }
          await insertCaptions(
            connection,
            captions.map((set) => ({ ...set, ...of })),
            session,
          )
          storedBytes += sizeBytes
        }
        await usage.keep({ ownerId, uploadId: importId, sizeBytes: storedBytes }, session)
        return course
      }),

    startedBefore: (time: Date, limit: number) =>
      Imports.find({ startedAt: { $lte: time } })
        .limit(limit)
        .lean<ImportRow[]>(),

    /** From now on it can't be finished; where it was, its state says so. Can be repeated. */
    end: async (importId: string): Promise<ImportRow | null> => {
      await Imports.updateOne({ _id: importId, state: 'OPEN' }, { $set: { state: 'ENDED' } })
      return Imports.findById(importId).lean<ImportRow>()
    },

    forget: async (importId: string): Promise<void> => {
      await Imports.deleteOne({ _id: importId, state: { $ne: 'OPEN' } })
    },
  }
}
