import { coursePublished, courseWithdrawn } from '@aetherlearn/contracts/course/events'
import type { LecturePackage } from '@aetherlearn/contracts/course/packages'
import type { CourseStatus, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { AssetStore } from '../assets/store.ts'
import type { CatalogueStore } from '../catalogue/store.ts'
import { packageIn, type CourseRow, type LectureContent } from '../courses/rows.ts'
import type { CourseModels } from '../courses/store.ts'
import { digestOf } from './draft.ts'
import { assertPublishable, freeze, statusAfterPublish, type Frozen, type FrozenLecture } from './rules.ts'
import { readDraft, type SnapshotRow, type SnapshotStore } from './store.ts'

export type PublishingDeps = {
  connection: MongoConnection
  models: CourseModels
  snapshots: SnapshotStore
  assets: AssetStore
  outbox: Outbox
  catalogue: CatalogueStore
  /** Whether an admin publishes a course for the first time (`COURSE_REVIEW_REQUIRED`). */
  reviewRequired: boolean
}
export type Published = { course: PublishedCourse; before: CourseRow; status: CourseStatus }
/** Who publishes, and in which request. */
export type Author = { userId: string; note?: string | undefined; traceId: string }

/** A publish ends a review and a schedule. */
const ended = { submittedAt: 1, reviewReason: 1, publishAt: 1, scheduledBy: 1, scheduleFailure: 1 } as const

const MAX_TOLD_BYTES = 8 * 1024 * 1024

export type Publisher = ReturnType<typeof createPublisher>

/** The steps that every way of publishing has alike, inside its transaction. */
export function createPublisher({ models, snapshots, assets, outbox, catalogue }: PublishingDeps) {
  /** Tells the listeners the lectures and, where that is so, that nobody finds the course; the version it is then. */
  const announce = async (
    { course, lectures: frozen = [] }: Frozen,
    version: number,
    isLive: boolean,
    session: Session,
    traceId: string,
  ): Promise<number> => {
    const media = new Map(frozen.map((lecture) => [lecture.lectureId, lecture.media]))
    const refs = frozen.flatMap((lecture) => packageIn(lecture.media)?.uploadId ?? [])
    const packages = await assets.packagesOf(refs, session)
    assertTellable(packages.values())
    const { _id: courseId, title, creator: creatorId, completion } = course
    const lectures = course.sections
      .flatMap((section) => section.lectures)
      .map(({ _id, lectureTitle, durationSeconds }) => ({
        lectureId: _id,
        lectureTitle,
        durationSeconds,
        ...heldOf(media.get(_id), packages),
      }))
    const fact = { courseId, creatorId, title, version, lectures, ...(completion && { completion }) }
    await outbox.add(coursePublished, fact, session, traceId)
    if (isLive) return version
    await outbox.add(courseWithdrawn, { courseId, version: version + 1 }, session, traceId)
    return version + 1
  }

  /** Students see this from now on. */
  const show = async (
    before: CourseRow,
    row: SnapshotRow,
    status: CourseStatus,
    session: Session,
    traceId: string,
  ): Promise<Published> => {
    const { course, digest, version } = row
    await snapshots.add(row, session)
    const $set = {
      status,
      version: await announce(row, version, status === 'live', session, traceId),
      publishedVersion: version,
      publishedAt: new Date(course.publishedAt),
      ...(digest === undefined ? {} : { publishedDraft: digest }),
    }
    const $unset = { ...ended, ...(digest === undefined ? { publishedDraft: 1 } : {}) }
    await models.Courses.updateOne({ _id: course._id }, { $set, $unset }, { session })
    await catalogue.record(course._id, session, traceId)
    return { course, before, status }
  }

  /**
   * From now on a snapshot refers to these videos. Those of the version before need no word: it refers to them and stays,
   * and thousands of writes for one edited title would be waste.
   */
  const keepVideos = async (
    courseId: string,
    before: number | undefined,
    lectures: FrozenLecture[],
    session: Session,
  ) => {
    const held = before === undefined ? undefined : await snapshots.videosOf(courseId, before, session)
    const fresh = lectures
      .map(({ media }) => media.uploadId)
      .filter((uploadId) => held?.has(String(uploadId)) !== true)
    if (fresh.length > 0) await assets.keep(fresh, session)
  }

  /** Freezes the draft of a course that this transaction has taken, as the version that its row says. */
  const publishDraft = async (row: CourseRow, by: Author, session: Session): Promise<Published> => {
    const draft = await readDraft(models, row, session)
    assertPublishable(draft)
    const { version, thumbnail } = row
    const courseId = String(row._id)
    const frozen = freeze(row, draft, version, new Date())
    await keepVideos(courseId, row.publishedVersion, frozen.lectures, session)
    const snapshot: SnapshotRow = {
      courseId,
      version,
      ...frozen,
      digest: digestOf(row, draft),
      ...(thumbnail === undefined ? {} : { thumbnail }),
      publishedBy: by.userId,
      ...(by.note === undefined ? {} : { note: by.note }),
    }
    return show(row, snapshot, statusAfterPublish(row), session, by.traceId)
  }

  return { announce, show, publishDraft }
}

/** Which video or package it is. */
function heldOf(media: LectureContent | undefined, packages: Map<string, LecturePackage>) {
  if (media === undefined) return {}
  const id = String(media.uploadId)
  const held = packages.get(id)
  return held === undefined ? { videoId: id } : { package: held }
}

/** An event is one document, too. */
function assertTellable(packages: Iterable<LecturePackage>) {
  let bytes = 0
  for (const held of packages) bytes += Buffer.byteLength(JSON.stringify(held))
  if (bytes <= MAX_TOLD_BYTES) return
  const detail = 'The packages of this course have too many items in all to be published.'
  throw fail('COURSE_NOT_PUBLISHABLE', { detail })
}
