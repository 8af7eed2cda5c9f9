import { randomUUID } from 'node:crypto'
import type { LaunchMode } from '@aetherlearn/contracts/progress/launch'
import type { MongoConnection, Session } from '@aetherlearn/service-kit/mongo'
import { Schema } from 'mongoose'
import type { Course, Opened, Standing } from './rules.ts'

/** Whose package that is. */
export type Holder = { userId: string; courseId: string; lectureId: string; packageId: string }
export type UnitStanding = Standing & {
  itemId: string
  /** How often it changed, and at which of these it was last passed on. */
  changes: number
  reported: number
}
export type Registration = Holder & { registration: string; units: UnitStanding[] }
type RegistrationRow = Registration & { _id: string }
const required = { type: String, required: true } as const
const ofHolder = { userId: required, courseId: required, lectureId: required, packageId: required }
const registrationSchema = new Schema<RegistrationRow>(
  { _id: String, ...ofHolder, registration: required, units: { type: Schema.Types.Mixed, required: true } },
  { versionKey: false, collection: 'registrations' },
)
registrationSchema.index({ userId: 1 })

export type Launched = Holder & Opened & Course & { launchedAt: Date; expiresAt: Date; lastAt: Date }
type SessionRow = Omit<Launched, 'sessionId'> & {
  /** The session's id. */
  _id: string
  ticketHash: string
  tokenHash?: string
}
const flag = { type: Boolean, default: false } as const
const date = { type: Date, required: true } as const
const sessionSchema = new Schema<SessionRow>(
  {
    _id: String,
    ...ofHolder,
    registration: required,
    activityId: required,
    itemId: required,
    mode: required,
    masteryScore: Number,
    initialized: flag,
    terminated: flag,
    abandoned: flag,
    launchedAt: date,
    expiresAt: date,
    lastAt: date,
    ticketHash: required,
    tokenHash: String,
  },
  { versionKey: false, collection: 'launches' },
)
sessionSchema.index({ registration: 1, terminated: 1, abandoned: 1 })
sessionSchema.index({ ticketHash: 1 })
sessionSchema.index({ userId: 1 })

type NewSession = Omit<Launched, keyof Course | 'lastAt'> & { mode: LaunchMode; ticketHash: string }
/** `spent`: somebody had the token before. */
export type Redeemed = { sessionId: string } | 'spent' | 'unknown'
export type LaunchStore = {
  registration(holder: Holder, session?: Session): Promise<Registration>
  saveUnits(holder: Holder, units: UnitStanding[], session?: Session): Promise<void>
  /** Of a unit that nothing is known of yet. */
  addUnit(holder: Holder, unit: UnitStanding): Promise<void>
  /** That what was said by then was passed on. */
  markReported(holder: Holder, itemId: string, changes: number): Promise<void>
  open(launch: NewSession): Promise<void>
  /** Of a registration, those that did not end. */
  unfinished(registration: string): Promise<Launched[]>
  read(sessionId: string, session?: Session): Promise<Launched | undefined>
  saveCourse(sessionId: string, course: Partial<Course>, at: Date, session?: Session): Promise<void>
  redeem(ticketHash: string, tokenHash: string, at: Date): Promise<Redeemed>
  withToken(sessionId: string, tokenHash: string, at: Date): Promise<Launched | undefined>
}

/** Who opened which unit when, and what came of it. */
export function createLaunchStore(connection: MongoConnection): LaunchStore {
  const Registrations = connection.model<RegistrationRow>('Registration', registrationSchema)
  const Sessions = connection.model<SessionRow>('Launch', sessionSchema)
  const keyOf = ({ userId, lectureId, packageId }: Holder) => `${userId} ${lectureId} ${packageId}`
  const launched = ({ _id, ticketHash: _, tokenHash: __, ...row }: SessionRow): Launched => ({
    ...row,
    sessionId: _id,
  })
  const within = (session: Session | undefined) => (session === undefined ? {} : { session })

  return {
    async registration(holder, session) {
      const { userId, courseId, lectureId, packageId } = holder
      const first = { userId, courseId, lectureId, packageId, registration: randomUUID(), units: [] }
      const options = { upsert: true, returnDocument: 'after', lean: true, ...within(session) } as const
      const row = await Registrations.findOneAndUpdate(
        { _id: keyOf(holder) },
        { $setOnInsert: first },
        options,
      )
      return row as Registration
    },

    async saveUnits(holder, units, session) {
      await Registrations.updateOne({ _id: keyOf(holder) }, { $set: { units } }, within(session))
    },

    async addUnit(holder, unit) {
      const filter = { _id: keyOf(holder), 'units.itemId': { $ne: unit.itemId } }
      await Registrations.updateOne(filter, { $push: { units: unit } })
    },

    async markReported(holder, itemId, changes) {
      const filter = { _id: keyOf(holder), units: { $elemMatch: { itemId, reported: { $lt: changes } } } }
      await Registrations.updateOne(filter, { $set: { 'units.$.reported': changes } })
    },

    async open({ sessionId, ...launch }) {
      await Sessions.create({ _id: sessionId, ...launch, lastAt: launch.launchedAt })
    },

    async unfinished(registration) {
      const rows = await Sessions.find({ registration, terminated: false, abandoned: false }).lean<
        SessionRow[]
      >()
      return rows.map(launched)
    },

    async read(sessionId, session) {
      const row = await Sessions.findById(sessionId)
        .session(session ?? null)
        .lean<SessionRow>()
      return row === null ? undefined : launched(row)
    },

    async saveCourse(sessionId, course, at, session) {
      await Sessions.updateOne({ _id: sessionId }, { $set: { ...course, lastAt: at } }, within(session))
    },

    async redeem(ticketHash, tokenHash, at) {
      const open = { ticketHash, tokenHash: { $exists: false }, expiresAt: { $gt: at } }
      const row = await Sessions.findOneAndUpdate(open, { $set: { tokenHash } }).lean()
      if (row !== null) return { sessionId: row._id }
      return (await Sessions.exists({ ticketHash, tokenHash: { $exists: true } })) === null
        ? 'unknown'
        : 'spent'
    },

    async withToken(sessionId, tokenHash, at) {
      const filter = { _id: sessionId, tokenHash, expiresAt: { $gt: at } }
      const row = await Sessions.findOne(filter).lean<SessionRow>()
      return row === null ? undefined : launched(row)
    },
  }
}
