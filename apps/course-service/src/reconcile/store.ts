import { videoJob, type Container } from '@aetherlearn/contracts/media'
import { isDuplicateKey, transaction } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { Types, type Connection } from 'mongoose'
import type { AssetRow, AssetStore } from '../assets/store.ts'
import type { LectureRow } from '../courses/rows.ts'
import type { CourseModels } from '../courses/store.ts'

export type WaitingStore = ReturnType<typeof createWaitingStore>
type Deps = { connection: Connection; models: CourseModels; assets: AssetStore; outbox: Outbox }
type Waiting = Required<Pick<LectureRow, 'uploadId'>>

/** Videos that lectures wait for. Every search has an index of its own, of lectures in PROCESSING alone. */
export function createWaitingStore({ connection, models: { Lectures }, assets, outbox }: Deps) {
  const status = 'PROCESSING' as const
  return {
    /** Their ids in order, after `last`; fewer than `limit` are the last ones. */
    after: async (last: string | undefined, limit: number) => {
      const beyond = last === undefined ? {} : { uploadId: { $gt: new Types.ObjectId(last) } }
      const lectures = await Lectures.find({ status, ...beyond }, { _id: 0, uploadId: 1 })
        .sort({ uploadId: 1 })
        .limit(limit)
        .lean<Waiting[]>()
      const ids = lectures.map(({ uploadId }) => String(uploadId))
      // Duplicates of a lecture wait for the same video.
      return { uploadIds: [...new Set(ids)], isLast: ids.length < limit }
    },

    /** Since when the lecture waits that has waited longest. */
    oldestSince: async (): Promise<Date | undefined> => {
      const [oldest] = await Lectures.aggregate<{ since: Date | null }>([
        { $match: { status, uploadId: { $gt: new Types.ObjectId('0'.repeat(24)) } } },
        { $group: { _id: null, since: { $min: '$processingSince' } } },
      ])
      return oldest?.since ?? undefined
    },

    find: (uploadId: string): Promise<AssetRow | undefined> => assets.find(uploadId),

    /** For a video whose job the outbox has forgotten. False when it has one, or nobody waits any more. */
    leaveJob: async (asset: AssetRow, container: Container): Promise<boolean> => {
      const { lectureId, ownerId, sizeBytes, rawKey, sha256 } = asset
      const uploadId = String(asset._id)
      const checked = sha256 === undefined ? {} : { sha256 }
      const video = { container, sizeBytes, rawVideoUrl: `object:${rawKey}`, ...checked }
      const job = { lectureId, uploadId, instructorId: ownerId, ...video }
      try {
        return await transaction(connection, async (session) => {
          if (!(await Lectures.exists({ uploadId, status }).session(session))) return false
          await outbox.addJob(videoJob, job, session, { id: uploadId })
          return true
        })
      } catch (error) {
        if (isDuplicateKey(error)) return false
        throw error
      }
    },
  }
}
