import { MAX_CAPTION_LANGUAGES, type CaptionSet } from '@aetherlearn/contracts/course/captions'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { Schema, Types, type Connection, type Model } from 'mongoose'
import type { LectureRow } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { requireEditableLecture, type CourseModels } from '../courses/store.ts'
import { draftVideo } from './rules.ts'

/** The captions of one video in one language, for one of the lectures that play it. */
export type CaptionRow = {
  courseId: string
  lectureId: string
  uploadId: string
  language: string
  label: string
  cueCount: number
  /** When its last cue goes. */
  endSeconds: number
  /** What `writeWebVtt` made of the file that was sent. */
  vtt: string
  /** Another one for each file. */
  etag: string
  updatedAt: Date
}
const text = { type: String, required: true } as const
const captionSchema = new Schema<CaptionRow>(
  {
    courseId: text,
    lectureId: text,
    uploadId: text,
    language: text,
    label: text,
    cueCount: { type: Number, required: true },
    endSeconds: { type: Number, required: true },
    vtt: text,
    etag: text,
    updatedAt: { type: Date, required: true },
  },
  { versionKey: false, collection: 'captions' },
)
captionSchema.index({ lectureId: 1, uploadId: 1, language: 1 }, { unique: true })
/** Both for their removal. */
captionSchema.index({ uploadId: 1 })
captionSchema.index({ courseId: 1 })

export const captionModel = (connection: Connection): Model<CaptionRow> =>
  connection.models['Captions'] ?? connection.model<CaptionRow>('Captions', captionSchema)

/** A video as one lecture plays it; duplicates of the lecture have captions of their own. */
export type VideoRef = { lectureId: string; uploadId: string }
export type NewCaptions = Pick<CaptionRow, 'language' | 'label' | 'cueCount' | 'endSeconds' | 'vtt' | 'etag'>
export type CaptionStore = ReturnType<typeof createCaptionStore>
type Deps = { connection: Connection; models: CourseModels }

const toSet = ({
  language,
  label,
  cueCount,
  updatedAt,
}: Pick<CaptionRow, 'language' | 'label' | 'cueCount' | 'updatedAt'>): CaptionSet => ({
  language,
  label,
  cueCount,
  updatedAt: updatedAt.toISOString(),
})

export function createCaptionStore({ connection, models }: Deps) {
  const Captions = captionModel(connection)
  const { inDraft, assertMay } = editsOf(connection, models)
  return {
    assertMay,

    list: async (video: VideoRef): Promise<CaptionSet[]> =>
      (await Captions.find(video, { vtt: 0 }).sort({ language: 1 }).lean<CaptionRow[]>()).map(toSet),

    /** Which languages a player offers. */
    captionsOf: async (video: VideoRef): Promise<{ language: string; label: string }[]> =>
      Captions.find(video, { _id: 0, language: 1, label: 1 })
        .sort({ language: 1 })
        .lean<Pick<CaptionRow, 'language' | 'label'>[]>(),

    find: (video: VideoRef, language: string) => Captions.findOne({ ...video, language }).lean<CaptionRow>(),

    /** How long the video is that this lecture's draft plays; undefined where it plays another one by now. */
    durationOf: async ({ lectureId, uploadId }: VideoRef): Promise<number | undefined> => {
      const playing = { _id: lectureId, 'media.uploadId': new Types.ObjectId(uploadId) }
      const row = await models.Lectures.findOne(playing, { durationSeconds: 1 }).lean<LectureRow>()
      return row?.durationSeconds
    },

    /** For the video that the draft has at this moment. */
    put: (lectureId: string, caller: Caller, given: NewCaptions): Promise<CaptionSet> =>
      inDraft(lectureId, caller, async (video, courseId, session) => {
        const { language } = given
        const others = { ...video, language: { $ne: language } }
        if ((await Captions.countDocuments(others).session(session)) >= MAX_CAPTION_LANGUAGES) {
          throw fail('TOO_LARGE', {
            detail: `A video has captions in at most ${MAX_CAPTION_LANGUAGES} languages`,
          })
        }
        const content = { ...given, courseId, updatedAt: new Date() }
        await Captions.updateOne({ ...video, language }, { $set: content }, { session, upsert: true })
        return toSet(content)
      }),

    remove: (lectureId: string, caller: Caller, language: string): Promise<void> =>
      inDraft(lectureId, caller, async (video, _courseId, session) => {
        const { deletedCount } = await Captions.deleteOne({ ...video, language }, { session })
        if (deletedCount === 0) throw fail('CAPTIONS_NOT_FOUND')
      }),
  }
}

function editsOf(connection: Connection, models: CourseModels) {
  const { Lectures } = models
  return {
    /** Throws what a stranger, or somebody with too few rights, is told. */
    assertMay: (lectureId: string, caller: Caller): Promise<void> =>
      transaction(connection, async (session) => {
        await requireEditableLecture(models, lectureId, caller, session)
      }),

    /**
     * A change of the captions of a lecture's video. It writes the lecture's row as well, so that it and whatever replaces
     * the video, or removes the lecture, at the same moment take turns: none is left that nobody would remove.
     */
    inDraft: <T>(
      lectureId: string,
      caller: Caller,
      change: (video: VideoRef, courseId: string, session: Session) => Promise<T>,
    ): Promise<T> =>
      transaction(connection, async (session) => {
        const lecture = await requireEditableLecture(models, lectureId, caller, session)
        const uploadId = draftVideo(lecture)
        if (uploadId === undefined) throw fail('LECTURE_NOT_READY')
        await Lectures.updateOne({ _id: lectureId }, { $set: { updatedAt: new Date() } }, { session })
        return change({ lectureId, uploadId }, String(lecture.courseId), session)
      }),
  }
}
