import { randomBytes } from 'node:crypto'
import type { EvidenceEntry, EvidenceTotals } from '@aetherlearn/contracts/progress/evidence'
import { genesisHash, makeEntry } from '@aetherlearn/sdk/evidence-hash'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { transaction, type MongoConnection, type Session } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import type { Day } from '../activity/days.ts'
import type { Due, DueStore } from './due-store.ts'
import { entryModel, headModel, nextPlace, placeModels, totalsModel, type HeadRow } from './rows-store.ts'
import { changesOf, isOther, type Facts } from './rules.ts'

export type WholeEntry = Required<EvidenceEntry>
/** The end of a chain, and what belongs to it. */
export type Head = { place: number; salt: string; seq: number; hash: string }
export type CourseTotals = EvidenceTotals & { userId: string; lastDate: Day }

export type EvidenceStore = {
  /** What is known of these days goes on the chain, unless it is there; answers how many entries that took. */
  seal(userId: string, days: readonly Due[], facts: ReadonlyMap<Day, Facts[]>): Promise<number>
  head(userId: string): Promise<Head | undefined>
  /** In the order of the chain, from `from` on. */
  entries(userId: string, from?: number): Promise<WholeEntry[]>
  /** The learners of a course, by id, behind `after`. */
  ofCourse(courseId: string, limit: number, after?: string): Promise<CourseTotals[]>
  isIn(courseId: string, userId: string): Promise<boolean>
}
export type EvidenceStoreDeps = {
  connection: MongoConnection
  due: Pick<DueStore, 'settle'>
  erasure: Pick<Erasure, 'among'>
  now: () => number
}

const newSalt = () => randomBytes(16).toString('base64url')
const id = (hex: string) => new Types.ObjectId(hex)

export function createEvidenceStore({ connection, due, erasure, now }: EvidenceStoreDeps): EvidenceStore {
  const Entry = entryModel(connection)
  const Head = headModel(connection)
  const Totals = totalsModel(connection)
  const { Counter } = placeModels(connection)

  /** The last thing that the chain says of each of these days. */
  async function lastOf(userId: string, days: readonly Due[], session: Session) {
    const filter = { userId: id(userId), date: { $in: days.map(({ date }) => date) } }
    const rows = await Entry.find(filter).sort({ seq: 1 }).session(session).lean()
    return new Map(rows.map((row) => [row.date, row]))
  }

  async function headOrNew(userId: string, session: Session): Promise<Head> {
    const known = await Head.findById(id(userId)).session(session).lean<HeadRow>()
    if (known !== null) return known
    const salt = newSalt()
    const place = await nextPlace(Counter, session)
    return { place, salt, seq: 0, hash: await genesisHash(userId, salt) }
  }

  async function append(
    userId: string,
    days: readonly Due[],
    facts: ReadonlyMap<Day, Facts[]>,
    session: Session,
  ) {
    const before = await lastOf(userId, days, session)
    const other = days.filter(({ date }) => isOther(before.get(date)?.parts ?? [], facts.get(date) ?? []))
    if (other.length === 0) return 0
    const { place, salt, ...end } = await headOrNew(userId, session)
    const sealedAt = new Date(now()).toISOString()
    const made: WholeEntry[] = []
    for (const { date } of other) {
      const { seq, hash } = made.at(-1) ?? end
      const corrects = before.get(date)?.seq
      const parts = (facts.get(date) ?? []).map((part) => ({ ...part, salt: newSalt() }))
      const day = { date, sealedAt, ...(corrects !== undefined && { corrects }), salt: newSalt(), parts }
      made.push(await makeEntry(seq + 1, hash, day))
    }
    const { seq, hash } = made.at(-1) ?? end
    await Entry.insertMany(
      made.map((entry) => ({ ...entry, userId: id(userId), date: entry.content.date })),
      { session },
    )
    await Head.updateOne({ _id: id(userId) }, { $set: { place, salt, seq, hash } }, { upsert: true, session })
    const changes = made.flatMap(({ content, parts }) =>
      changesOf(before.get(content.date)?.parts ?? [], parts).map((change) => ({
        ...change,
        date: content.date,
      })),
    )
    await addTotals(userId, changes, session)
    return made.length
  }

  type Change = ReturnType<typeof changesOf>[number] & { date: Day }
  async function addTotals(userId: string, changes: readonly Change[], session: Session) {
    if (changes.length === 0) return
    const writes = changes.map(({ courseId, date, ...more }) => ({
      updateOne: {
        filter: { courseId: id(courseId), userId: id(userId) },
        update: { $inc: more, $max: { lastDate: date } },
        upsert: true,
      },
    }))
    await Totals.bulkWrite(writes, { session })
  }

  return {
    seal: (userId, days, facts) =>
      transaction(connection, async (session) => {
        const isErased = (await erasure.among([userId], session)).size > 0
        const count = isErased ? 0 : await append(userId, days, facts, session)
        await due.settle(userId, days, session)
        return count
      }),

    head: async (userId) => (await Head.findById(id(userId)).lean<HeadRow>()) ?? undefined,

    async entries(userId, from = 1) {
      const fields = { _id: 0, seq: 1, previousHash: 1, contentHash: 1, hash: 1, content: 1, parts: 1 }
      const filter = { userId: id(userId), seq: { $gte: from } }
      return Entry.find(filter, fields).sort({ seq: 1 }).batchSize(5000).lean<WholeEntry[]>()
    },

    async ofCourse(courseId, limit, after) {
      const behind = after === undefined ? {} : { userId: { $gt: id(after) } }
      const rows = await Totals.find({ courseId: id(courseId), ...behind }, { _id: 0, courseId: 0 })
        .sort({ userId: 1 })
        .limit(limit)
        .lean()
      return rows.map((row) => ({ ...row, userId: row.userId.toHexString() }))
    },
    isIn: async (courseId, userId) =>
      (await Totals.exists({ courseId: id(courseId), userId: id(userId) })) !== null,
  }
}
