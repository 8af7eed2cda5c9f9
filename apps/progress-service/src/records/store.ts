import { fail } from '@aetherlearn/service-kit/errors'
import {
  isDuplicateKey,
  transaction,
  type MongoConnection,
  type Session,
} from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'
import { linkStatements } from './links-store.ts'
import type { Statement } from './statement-parse.ts'
import { facetOf, fingerprintOf, isVoiding, namedUsers, sameMoment, type Facet } from './statement-rules.ts'

export type StatementRow = {
  /** The course and the statement's id. */
  _id: string
  courseId: string
  statementId: string
  /** Milliseconds of `stored`, and its place among those of one request: no two of a request are the same. */
  position: number
  /** The statement as it is answered. */
  written: string
  fingerprint: string
  /** Its own first, then those of statements that it refers to. */
  facets: Facet[]
  refersTo?: string
  voids?: string
  voided: boolean
  /** Who of ours is named anywhere in it. */
  userIds: string[]
  /** The actor, where it is one of ours. */
  learnerId?: string
}
const statementSchema = new Schema<StatementRow>(
  {
    _id: String,
    courseId: { type: String, required: true },
    statementId: { type: String, required: true },
    position: { type: Number, required: true },
    written: { type: String, required: true },
    fingerprint: { type: String, required: true },
    facets: { type: Schema.Types.Mixed, required: true },
    refersTo: String,
    voids: String,
    voided: { type: Boolean, required: true },
    userIds: { type: [String], default: undefined },
    learnerId: String,
  },
  { versionKey: false, collection: 'statements', minimize: false },
)
const inOrder = { position: 1, _id: 1 } as const
statementSchema.index({ courseId: 1, ...inOrder })
for (const field of ['verb', 'agents', 'activities', 'relatedAgents', 'relatedActivities', 'registration'])
  statementSchema.index({ courseId: 1, [`facets.${field}`]: 1, ...inOrder })
statementSchema.index({ courseId: 1, learnerId: 1, ...inOrder })
statementSchema.index(
  { courseId: 1, refersTo: 1 },
  { partialFilterExpression: { refersTo: { $exists: true } } },
)
statementSchema.index({ userIds: 1 })

type AttachmentRow = {
  _id: string
  courseId: string
  statementId: string
  sha2: string
  contentType: string
  bytes: Buffer
  userIds: string[]
}
const attachmentSchema = new Schema<AttachmentRow>(
  {
    _id: String,
    courseId: { type: String, required: true },
    statementId: { type: String, required: true },
    sha2: { type: String, required: true },
    contentType: { type: String, required: true },
    bytes: { type: Buffer, required: true },
    userIds: { type: [String], default: undefined },
  },
  { versionKey: false, collection: 'statementAttachments' },
)
attachmentSchema.index({ courseId: 1, statementId: 1 })
attachmentSchema.index({ userIds: 1 })

/** What comes with a statement beside it. */
export type Enclosed = { sha2: string; contentType: string; bytes: Buffer }
export type Identified = Statement & { id: string; stored: string }
export type NewStatement = { statement: Identified; enclosed: Enclosed[] }
export type Found = { id: string; position: number; written: string }
export type Place = Pick<Found, 'id' | 'position'>
export type Filter = Partial<Pick<Facet, 'verb' | 'registration'>> & {
  agent?: string
  activity?: string
  relatedAgents?: boolean
  relatedActivities?: boolean
  /** In ms since 1970: later than, and not later than. */
  since?: number
  until?: number
  /** Only what this learner did. */
  learnerId?: string | undefined
  ascending?: boolean
  limit: number
  /** Only what comes after it. */
  after?: Place
}
/** Sees what is new in the same transaction, and throws to have none of it. */
export type Judge = (fresh: Identified[], session: Session) => Promise<void>

export type StatementStore = {
  /** All or none. Those that are known are left as they are; STATEMENT_CONFLICT where one differs. Answers the new ones. */
  add(courseId: string, statements: NewStatement[], judge?: Judge): Promise<Identified[]>
  one(
    courseId: string,
    statementId: string,
  ): Promise<(Found & Pick<StatementRow, 'voided' | 'learnerId'>) | undefined>
  /** One more than was asked for shows that there are more. */
  find(courseId: string, filter: Filter): Promise<{ found: Found[]; isMore: boolean }>
  enclosed(courseId: string, statementIds: string[]): Promise<Enclosed[]>
  /** Up to `limit`. */
  countOf(courseId: string, learnerId: string, limit: number): Promise<number>
}

/** Neither with files nor about another statement: nothing has to be written together with it. */
const isPlain = ({ statement, enclosed }: NewStatement) =>
  enclosed.length === 0 && statement.object.objectType !== 'StatementRef'

/** About as much is answered at a time. */
const ANSWER_BYTES = 4 * 1024 * 1024

/** Statements of all courses; none is ever found from another one. */
export function createStatementStore(connection: MongoConnection, homePage: string): StatementStore {
  const Statements = connection.model<StatementRow>('Statement', statementSchema)
  const Attachments = connection.model<AttachmentRow>('StatementAttachment', attachmentSchema)
  const link = linkStatements(Statements)

  const rowOf = (courseId: string, statement: Identified, place: number): StatementRow => {
    const { id: statementId, object, actor } = statement
    const target = object.objectType === 'StatementRef' ? object.id.toLowerCase() : undefined
    const isOurs = actor.account?.homePage === homePage
    return {
      _id: `${courseId} ${statementId}`,
      courseId,
      statementId,
      position: Date.parse(statement.stored) * 1000 + place,
      written: JSON.stringify(statement),
      fingerprint: fingerprintOf(statement),
      facets: [facetOf(statement)],
      ...(target !== undefined && { refersTo: target }),
      ...(target !== undefined && isVoiding(statement) && { voids: target }),
      voided: false,
      userIds: namedUsers(statement, homePage),
      ...(isOurs && actor.account && { learnerId: actor.account.name }),
    }
  }

  /** Those that are not known yet, once each. */
  async function freshAmong(courseId: string, statements: NewStatement[], session: Session) {
    const known = await Statements.find({
      _id: { $in: statements.map(({ statement }) => `${courseId} ${statement.id}`) },
    })
      .session(session)
      .lean<StatementRow[]>()
    const byId = new Map(known.map((row) => [row.statementId, row]))
    return statements.filter(({ statement }) => {
      const row = byId.get(statement.id)
      if (row === undefined) return true
      const same = sameMoment(JSON.parse(row.written) as Statement, statement)
      if (row.fingerprint !== fingerprintOf(statement) || !same)
        throw fail('STATEMENT_CONFLICT', { detail: `Another statement has the id ${statement.id}` })
      return false
    })
  }

  const attachmentRows = (courseId: string, { statement, enclosed }: NewStatement): AttachmentRow[] =>
    enclosed.map((one) => ({
      _id: `${courseId} ${statement.id} ${one.sha2}`,
      courseId,
      statementId: statement.id,
      ...one,
      userIds: namedUsers(statement, homePage),
    }))

  /** One alone, with nothing beside it, is one write. False where its id is known. */
  async function addAlone(row: StatementRow): Promise<boolean> {
    try {
      await Statements.insertOne(row)
      return true
    } catch (error) {
      if (isDuplicateKey(error)) return false
      throw error
    }
  }

  return {
    async add(courseId, statements, judge) {
      const [one, ...others] = statements
      if (one !== undefined && others.length === 0 && judge === undefined && isPlain(one)) {
        const row = rowOf(courseId, one.statement, 0)
        const isNew = await addAlone(row)
        // Also where it is known: whoever wrote it may have died before this.
        await link([row])
        if (isNew) return [one.statement]
      }
      const rows = await transaction(connection, async (session) => {
        const fresh = await freshAmong(courseId, statements, session)
        if (fresh.length === 0) return []
        await judge?.(
          fresh.map(({ statement }) => statement),
          session,
        )
        const made = fresh.map(({ statement }, place) => rowOf(courseId, statement, place))
        await Statements.insertMany(made, { session })
        const files = fresh.flatMap((one) => attachmentRows(courseId, one))
        if (files.length > 0) await Attachments.insertMany(files, { session })
        await link(made, session)
        return made
      })
      // Again: what another transaction added at the same time was not to be seen within ours.
      if (rows.length > 0) await link(rows)
      return rows.map(({ written }) => JSON.parse(written) as Identified)
    },

    async one(courseId, statementId) {
      const row = await Statements.findById(`${courseId} ${statementId}`).lean<StatementRow>()
      return row === null ? undefined : { ...row, id: statementId }
    },

    async find(courseId, filter) {
      const direction = filter.ascending === true ? 1 : -1
      const cursor = Statements.find(matching(courseId, filter), { statementId: 1, position: 1, written: 1 })
        .sort({ position: direction, _id: direction })
        .limit(filter.limit + 1)
        .lean<StatementRow[]>()
        .cursor({ batchSize: 100 })
      const found: Found[] = []
      let bytes = 0
      for await (const { statementId, position, written } of cursor) {
        if (found.length === filter.limit || bytes > ANSWER_BYTES) return { found, isMore: true }
        found.push({ id: statementId, position, written })
        bytes += written.length
      }
      return { found, isMore: false }
    },

    async enclosed(courseId, statementIds) {
      const rows = await Attachments.find({ courseId, statementId: { $in: statementIds } })
      const bySha2 = new Map(rows.map(({ sha2, contentType, bytes }) => [sha2, { sha2, contentType, bytes }]))
      return [...bySha2.values()]
    },

    countOf: (courseId, learnerId, limit) =>
      Statements.countDocuments({ courseId, learnerId }).limit(limit).exec(),
  }
}

function matching(courseId: string, filter: Filter) {
  const { agent, verb, activity, registration, since, until, learnerId, after, ascending } = filter
  const facet = {
    ...(verb !== undefined && { verb }),
    ...(registration !== undefined && { registration }),
    ...(agent !== undefined && { [filter.relatedAgents === true ? 'relatedAgents' : 'agents']: agent }),
    ...(activity !== undefined && {
      [filter.relatedActivities === true ? 'relatedActivities' : 'activities']: activity,
    }),
  }
  const position = {
    ...(since !== undefined && { $gte: (since + 1) * 1000 }),
    ...(until !== undefined && { $lt: (until + 1) * 1000 }),
  }
  const beyond = ascending === true ? '$gt' : '$lt'
  return {
    courseId,
    voided: false,
    ...(learnerId !== undefined && { learnerId }),
    ...(Object.keys(facet).length > 0 && { facets: { $elemMatch: facet } }),
    ...(Object.keys(position).length > 0 && { position }),
    ...(after !== undefined && {
      $or: [
        { position: { [beyond]: after.position } },
        { position: after.position, _id: { [beyond]: `${courseId} ${after.id}` } },
      ],
    }),
  }
}
