import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Model } from 'mongoose'
import type { StatementRow } from './store.ts'

/** Through so many references a filter is followed. */
const DEEPEST = 10

/**
 * What statements do to each other, in whatever order they come: one voids another, and one that refers to another is
 * found by what finds that one (communication 2.1.3). Doing it again changes nothing.
 */
export function linkStatements(Statements: Model<StatementRow>) {
  const within = (session: Session | undefined) => (session === undefined ? {} : { session })

  async function settleVoids(rows: StatementRow[], session: Session | undefined) {
    const [{ courseId = '' } = {}] = rows
    const targets = rows.flatMap(({ voids }) => voids ?? [])
    const voiders = await Statements.find(
      { courseId, voids: { $in: rows.map(({ statementId }) => statementId) } },
      { voids: 1 },
    )
      .session(session ?? null)
      .lean()
    const gone = [...targets, ...voiders.flatMap(({ voids }) => voids ?? [])]
    if (gone.length === 0) return
    // What voids cannot be voided itself.
    const filter = { _id: { $in: gone.map((id) => `${courseId} ${id}`) }, voids: { $exists: false } }
    await Statements.updateMany(filter, { $set: { voided: true } }, within(session))
  }

  /** Gives these what finds the ones that they refer to. */
  async function absorb(rows: Pick<StatementRow, '_id' | 'courseId' | 'refersTo'>[], session?: Session) {
    const referring = rows.filter(({ refersTo }) => refersTo !== undefined)
    if (referring.length === 0) return
    const keys = referring.map(({ courseId, refersTo }) => `${courseId} ${refersTo}`)
    const targets = await Statements.find({ _id: { $in: keys } }, { facets: 1 })
      .session(session ?? null)
      .lean<Pick<StatementRow, '_id' | 'facets'>[]>()
    const facets = new Map(targets.map((target) => [target._id, target.facets.slice(0, DEEPEST)]))
    const writes = referring.flatMap(({ _id, courseId, refersTo }) => {
      const $each = facets.get(`${courseId} ${refersTo}`)
      if ($each === undefined) return []
      return [{ updateOne: { filter: { _id }, update: { $addToSet: { facets: { $each } } } } }]
    })
    if (writes.length > 0) await Statements.bulkWrite(writes, within(session))
  }

  /** Those that refer to what is new, and those that refer to them. */
  async function spread(rows: StatementRow[], session: Session | undefined) {
    const [{ courseId = '' } = {}] = rows
    let reached = rows.map(({ statementId }) => statementId)
    for (let depth = 0; depth < DEEPEST && reached.length > 0; depth += 1) {
      const referring = await Statements.find(
        { courseId, refersTo: { $in: reached } },
        { courseId: 1, statementId: 1, refersTo: 1 },
      )
        .session(session ?? null)
        .lean<StatementRow[]>()
      await absorb(referring, session)
      reached = referring.map(({ statementId }) => statementId)
    }
  }

  return async (rows: StatementRow[], session?: Session): Promise<void> => {
    await settleVoids(rows, session)
    await absorb(rows, session)
    await spread(rows, session)
  }
}
