import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import type { Connection } from 'mongoose'
import type { AssetStore, StoredPackage } from '../assets/store.ts'
import { packageIn, toLecture, type LectureRow, type PackageMedia } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { requireEditableLecture, type CourseModels } from '../courses/store.ts'
import type { UsageStore } from '../uploads/usage-store.ts'

type Deps = { connection: Connection; models: CourseModels; assets: AssetStore; usage: UsageStore }
/** A package whose files are all in their place. */
export type TakenPackage = {
  packageId: string
  held: StoredPackage
  fileCount: number
  /** Unpacked. */
  filesBytes: number
  /** With the zip file, which is kept for exports. */
  sizeBytes: number
}
export function mediaOf({ packageId, held, fileCount, filesBytes }: TakenPackage): PackageMedia {
  const { folder, standard, title, items } = held
  const summary = { standard, title, itemCount: items.length, fileCount, sizeBytes: filesBytes }
  return { uploadId: packageId, folder, package: summary }
}

/** `graceSeconds`: how long somebody may go on with what was there before. */
type Change = { lectureId: string; caller: Caller; graceSeconds: number }
export type PackageStore = ReturnType<typeof createPackageStore>

/** What a lecture is instead of a video. */
export function createPackageStore({ connection, models, assets, usage }: Deps) {
  const { Lectures } = models
  const editable = (lectureId: string, caller: Caller, session: Session) =>
    requireEditableLecture(models, lectureId, caller, session)
  return {
    /** Throws what a stranger, or somebody with too few rights, is told. */
    assertMay: (lectureId: string, caller: Caller): Promise<void> =>
      transaction(connection, async (session) => {
        await editable(lectureId, caller, session)
      }),

    /** The lecture, the package and its room change together. Students go on with what was published. */
    give: ({ lectureId, caller, graceSeconds }: Change, taken: TakenPackage): Promise<Lecture> =>
      transaction(connection, async (session) => {
        const before = await editable(lectureId, caller, session)
        const { packageId, held, sizeBytes } = taken
        await assets.fillPackage(packageId, sizeBytes, held, session)
        const row = await Lectures.findByIdAndUpdate(
          lectureId,
          {
            $set: {
              status: 'READY',
              uploadId: packageId,
              media: mediaOf(taken),
            },
            $unset: { failure: 1, preview: 1, rawVideoUrl: 1, processingSince: 1, durationSeconds: 1 },
          },
          { session, returnDocument: 'after' },
        ).lean<LectureRow>()
        if (row === null) throw fail('LECTURE_NOT_FOUND')
        await assets.release([before.uploadId, before.media?.uploadId], session, graceSeconds)
        await usage.keep({ ownerId: caller.id, uploadId: packageId, sizeBytes }, session)
        return toLecture(row)
      }),

    /** A video that is on its way stays so. */
    takeOut: ({ lectureId, caller, graceSeconds }: Change): Promise<void> =>
      transaction(connection, async (session) => {
        const { status, media } = await editable(lectureId, caller, session)
        const held = packageIn(media)
        if (held === undefined) throw fail('NO_PACKAGE')
        const isAll = status === 'READY'
        const change = isAll
          ? {
              $set: { status: 'AWAITING_MEDIA' as const },
              $unset: { media: 1 as const, uploadId: 1 as const },
            }
          : { $unset: { media: 1 as const } }
        await Lectures.updateOne({ _id: lectureId }, change, { session })
        await assets.release([held.uploadId], session, graceSeconds)
      }),
  }
}
