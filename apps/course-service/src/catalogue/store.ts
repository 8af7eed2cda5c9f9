import { courseChanged } from '@aetherlearn/contracts/course/events'
import type { CatalogueFilters, CourseCard } from '@aetherlearn/contracts/course/catalogue'
import { Failure } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE, type Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection, type QueryFilter } from 'mongoose'
import type { CourseModels } from '../courses/store.ts'
import type { SnapshotStore } from '../publishing/store.ts'
import { fold } from './fold.ts'

/** How much of a description can be searched. */
const SEARCHED_LENGTH = 500
const GONE_KEPT_SECONDS = 24 * 3600

/** A live course as lists and the search know it, and for a day what is left of one that is no longer live. */
export type CatalogueRow = Omit<CourseCard, 'publishedAt'> & {
  publishedAt: Date
  /** The beginning of the description. */
  about: string
  /** For filters. */
  foldedCategory: string
  isListed: boolean
  /** By the clock of MongoDB, so that instances need not agree on the time. */
  changedAt: Date
  goneAt?: Date
}

const schema = new Schema<CatalogueRow>(
  {
    _id: { type: String, required: true },
    title: String,
    subtitle: String,
    about: String,
    category: String,
    foldedCategory: String,
    level: String,
    language: String,
    price: Number,
    currency: String,
    creator: String,
    thumbnailUrl: String,
    version: Number,
    publishedAt: Date,
    totalLectures: Number,
    durationSeconds: Number,
    isListed: { type: Boolean, required: true },
    changedAt: Date,
    goneAt: Date,
  },
  { versionKey: false, collection: 'catalogue' },
)
schema.index({ changedAt: 1 })
schema.index({ isListed: 1, publishedAt: -1, _id: -1 })
schema.index({ isListed: 1, foldedCategory: 1, publishedAt: -1, _id: -1 })
schema.index({ goneAt: 1 }, { expireAfterSeconds: GONE_KEPT_SECONDS })

const escaped = (text: string) => text.replace(/[^A-Za-z0-9]/g, '\\$&')

/** Filters as MongoDB understands them; they were checked by the contract. */
export function filterOf(filters: CatalogueFilters): QueryFilter<CatalogueRow> {
  const { category, level, language, minPrice, maxPrice } = filters
  const price = {
    ...(minPrice === undefined ? {} : { $gte: minPrice }),
    ...(maxPrice === undefined ? {} : { $lte: maxPrice }),
  }
  return {
    isListed: true,
    ...(category === undefined ? {} : { foldedCategory: fold(category) }),
    ...(level === undefined ? {} : { level }),
    ...(language === undefined ? {} : { language: new RegExp(`^${escaped(language)}(-|$)`, 'i') }),
    ...(Object.keys(price).length === 0 ? {} : { price }),
  }
}

const ignoreFailure = (error: unknown) => {
  if (!(error instanceof Failure) || error.code !== 'VERSION_NOT_FOUND') throw error
}

export type CatalogueStore = ReturnType<typeof createCatalogueStore>
type Deps = { connection: Connection; models: CourseModels; snapshots: SnapshotStore; outbox: Outbox }

export function createCatalogueStore({ connection, models, snapshots, outbox }: Deps) {
  const Rows = connection.model('CatalogueRow', schema)
  const { Courses } = models
  const listeners: ((courseId: string) => void)[] = []
  const recorded = new WeakMap<Session, Set<string>>()

  /** Tells the catalogue of this process when the session of a change has ended; a repeated change tells once. */
  const tellAfter = (session: Session, courseId: string) => {
    const known = recorded.get(session) ?? new Set<string>()
    recorded.set(session, known)
    if (known.has(courseId)) return
    known.add(courseId)
    session.once('ended', () => {
      for (const listen of listeners) listen(courseId)
    })
  }

  const write = async (courseId: string, session: Session) => {
    const course = await Courses.findById(courseId, { status: 1, publishedVersion: 1, removedAt: 1 })
      .session(session)
      .lean()
    const isListed = course?.status === 'live' && course.removedAt === undefined
    if (!isListed || course.publishedVersion === undefined) {
      const gone = { $set: { isListed: false }, $currentDate: { changedAt: true, goneAt: true } } as const
      await Rows.updateOne({ _id: courseId }, gone, { session })
      return
    }
    const heading = await snapshots.heading(courseId, course.publishedVersion, session)
    const { description, publishedAt, ...card } = heading
    const row = {
      ...card,
      publishedAt: new Date(publishedAt),
      about: description.slice(0, SEARCHED_LENGTH),
      foldedCategory: fold(card.category),
      isListed: true,
    }
    const $unset = { goneAt: 1, ...(card.thumbnailUrl === undefined ? { thumbnailUrl: 1 } : {}) } as const
    const listed = { $set: row, $unset, $currentDate: { changedAt: true } } as const
    await Rows.updateOne({ _id: courseId }, listed, { session, upsert: true })
  }

  return {
    /**
     * Brings the catalogue to the state of the course in this transaction. To be called after every change of a
     * course's status, published version or removal, and before the commit; the rest happens by itself.
     */
    record: async (courseId: string, session: Session, traceId = NO_TRACE): Promise<void> => {
      await write(courseId, session)
      await outbox.add(courseChanged, { courseId }, session, traceId)
      tellAfter(session, courseId)
    },

    /** Called as soon as the transaction of a change has ended, before anybody is told that it succeeded. */
    onChange: (listen: (courseId: string) => void) => {
      listeners.push(listen)
    },

    /** Live courses from before there was a catalogue. */
    recordMissing: async (): Promise<void> => {
      const live = await Courses.find({ status: 'live', removedAt: { $exists: false } }, { _id: 1 }).lean()
      const known = new Set(await Rows.distinct('_id'))
      for (const course of live) {
        const courseId = String(course._id)
        if (known.has(courseId)) continue
        // A course without its snapshot has no page either; it must not keep the others from being served.
        await transaction(connection, (session) => write(courseId, session)).catch(ignoreFailure)
      }
    },

    find: (courseId: string) => Rows.findById(courseId).lean<CatalogueRow>(),

    newest: async (
      filters: CatalogueFilters,
      limit: number,
    ): Promise<{ courseId: string; version: number }[]> => {
      const rows = await Rows.find(filterOf(filters), { version: 1 })
        .sort({ publishedAt: -1, _id: -1 })
        .limit(limit)
        .lean<CatalogueRow[]>()
      return rows.map(({ _id, version }) => ({ courseId: _id, version }))
    },

    /** All that are live, a few hundred at a time. */
    everyListed: (): AsyncIterable<CatalogueRow> =>
      Rows.find({ isListed: true }).lean<CatalogueRow>().cursor({ batchSize: 500 }),

    changedSince: (since: Date) =>
      Rows.find({ changedAt: { $gte: since } })
        .sort({ changedAt: 1 })
        .lean<CatalogueRow[]>(),

    lastChange: async (): Promise<Date> => {
      const row = await Rows.findOne({}, { changedAt: 1 }).sort({ changedAt: -1 }).lean<CatalogueRow>()
      return row?.changedAt ?? new Date(0)
    },
  }
}
