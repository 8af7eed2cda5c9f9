import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Model } from 'mongoose'
import type { StatementRow } from './store.ts'

type Referring = Pick<StatementRow, '_id' | 'courseId' | 'statementId' | 'refersTo' | 'voids'>

/** Through so many references a filter is followed. */
const DEEPEST = 10

/**
 * What statements do to each other, in whatever order they come: one voids another, and one that refers to another is
 * found by what finds that one (communication 2.1.3). Doing it again changes nothing.
 */
export function linkStatements(Statements: Model<StatementRow>) {
  const within = (session: Session | undefined) => (session === undefined ? {} : { session })

  const referringTo = (courseId: string, statementIds: string[], session: Session | undefined) =>
    Statements.find(
      { courseId, refersTo: { $in: statementIds } },
      { courseId: 1, statementId: 1, refersTo: 1, voids: 1 },
    )
      .session(session ?? null)
      .lean<Referring[]>()

  /** What these void, and those of them that others void. */
  async function settleVoids(rows: StatementRow[], referring: Referring[], session: Session | undefined) {
    const [{ courseId = '' } = {}] = rows
    const gone = [...rows, ...referring].flatMap(({ voids }) => voids ?? [])
    if (gone.length === 0) return
    // What voids cannot be voided itself.
    const filter = { _id: { $in: gone.map((id) => `${courseId} ${id}`) }, voids: { $exists: false } }
    await Statements.updateMany(filter, { $set: { voided: true } }, within(session))
  }

  /** Gives these what finds the ones that they refer to. */
  async function absorb(rows: Pick<Referring, '_id' | 'courseId' | 'refersTo'>[], session?: Session) {
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

  /** To those that refer to what is new, and those that refer to them. */
  async function spread(referring: Referring[], session: Session | undefined) {
    const [{ courseId = '' } = {}] = referring
    let reached = referring
    for (let depth = 0; depth < DEEPEST && reached.length > 0; depth += 1) {
      await absorb(reached, session)
      const ids = reached.map(({ statementId }) => statementId)
      reached = await referringTo(courseId, ids, session)
    }
  }

  return async (rows: StatementRow[], session?: Session): Promise<void> => {
    const [{ courseId = '' } = {}] = rows
    const ids = rows.map(({ statementId }) => statementId)
    // What voids refers, too: for most statements this is the only question.
    const referring = await referringTo(courseId, ids, session)
    await settleVoids(rows, referring, session)
    await absorb(rows, session)
    await spread(referring, session)
  }
}
