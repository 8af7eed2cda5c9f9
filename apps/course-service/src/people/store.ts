import { courseStaffChanged } from '@aetherlearn/contracts/course/events'
import type { CoursePerson } from '@aetherlearn/contracts/course/people'
import type { CourseRole } from '@aetherlearn/contracts/course/shapes'
import type { Role } from '@aetherlearn/contracts/shape'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { fail } from '@aetherlearn/service-kit/errors'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import { NO_TRACE, type Outbox } from '@aetherlearn/service-kit/outbox'
import { Schema, type Connection } from 'mongoose'
import type { CourseRow } from '../courses/rows.ts'
import type { Caller } from '../courses/rules.ts'
import { requireCourse, type CourseModels } from '../courses/store.ts'
import { editorsOf, staffOf, withPerson, withoutPerson, type Somebody } from './rules.ts'

export type KnownPerson = { userId: string; email: string; fullName: string; role: Role }
type PersonRow = Omit<KnownPerson, 'userId'> & {
  /** The user's id. */
  _id: string
  /** When identity-service said so. */
  at: Date
}
const personSchema = new Schema<PersonRow>(
  {
    _id: String,
    email: { type: String, required: true },
    fullName: { type: String, required: true },
    role: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { versionKey: false, collection: 'people' },
)
/** Not unique: an address may change hands between two events that come in the other order. */
personSchema.index({ email: 1, at: -1 })

const known = ({ _id, email, fullName, role }: PersonRow): KnownPerson => ({
  userId: _id,
  email,
  fullName,
  role,
})

export type Directory = ReturnType<typeof createDirectory>

/** Who there is, as identity-service says; for names beside ids, and to find people by their address. */
export function createDirectory(connection: Connection, erasure: Pick<Erasure, 'among'>) {
  const People = connection.model('Person', personSchema)
  return {
    /** Keeps the latest that was said of somebody. */
    note: async ({ userId, ...person }: KnownPerson & { at: Date }, session: Session): Promise<void> => {
      const before = await People.findById(userId).session(session).lean<PersonRow>()
      if (before !== null && before.at > person.at) return
      if ((await erasure.among([userId], session)).size > 0) return
      await People.replaceOne({ _id: userId }, person, { session, upsert: true })
    },

    forget: async (userId: string): Promise<void> => {
      await People.deleteOne({ _id: userId })
    },
    countOf: (userId: string): Promise<number> => People.countDocuments({ _id: userId }),

    /** Throws USER_NOT_FOUND. */
    find: async ({ userId, email }: Somebody): Promise<KnownPerson> => {
      const named = userId === undefined ? { email: email?.trim().toLowerCase() ?? '' } : { _id: userId }
      const row = await People.findOne(named).sort({ at: -1 }).lean<PersonRow>()
      if (row === null) throw fail('USER_NOT_FOUND')
      return known(row)
    },

    /** By their ids; those not heard of yet are left out. */
    among: async (userIds: string[]): Promise<Map<string, KnownPerson>> => {
      const rows = await People.find({ _id: { $in: userIds } }).lean<PersonRow[]>()
      return new Map(rows.map((row) => [row._id, known(row)]))
    },
  }
}

type Deps = { connection: Connection; models: CourseModels; directory: Directory; outbox: Outbox }
type People = CourseRow['people']
export type PeopleStore = ReturnType<typeof createPeopleStore>

/** Who works on a course. Only its owner reads and changes that. */
export function createPeopleStore({ connection, models, directory, outbox }: Deps) {
  const { Courses } = models
  const inCourse = <T>(
    courseId: string,
    caller: Caller,
    work: (course: CourseRow, session: Session) => Promise<T>,
  ): Promise<T> =>
    transaction(connection, async (session) => {
      const course = await requireCourse(models, { courseId, caller, action: 'people' }, session)
      return work(course, session)
    })

  /** The list and what is said of it change together. */
  const write = async (course: CourseRow, people: People, session: Session, traceId: string) => {
    const courseId = String(course._id)
    const sequence = (course.peopleSequence ?? 0) + 1
    const change = { $set: { people, peopleSequence: sequence } }
    await Courses.updateOne({ _id: courseId }, change, { session, timestamps: false })
    const fact = { courseId, staffIds: staffOf(people), editorIds: editorsOf(people), sequence }
    await outbox.add(courseStaffChanged, fact, session, traceId)
  }

  const leave = (courseId: string, userId: string) =>
    transaction(connection, async (session) => {
      const course = await Courses.findOne({ _id: courseId, 'people.userId': userId })
        .session(session)
        .lean<CourseRow>()
      if (course === null) return
      await write(course, withoutPerson(course.people, userId), session, NO_TRACE)
    })

  return {
    /** Takes somebody out of every course that they work on; what they own stays. */
    leaveAll: async (userId: string): Promise<void> => {
      const rows = await Courses.find({ 'people.userId': userId }, { _id: 1 }).lean<
        Pick<CourseRow, '_id'>[]
      >()
      for (const { _id } of rows) await leave(String(_id), userId)
    },

    /** Courses that they work on and do not own. */
    countOf: (userId: string): Promise<number> => Courses.countDocuments({ 'people.userId': userId }),

    list: async (courseId: string, caller: Caller): Promise<CoursePerson[]> => {
      const { creator, people } = await inCourse(courseId, caller, async (course) => course)
      const owner = { userId: creator, role: 'owner' as const }
      const all = [owner, ...people].map(({ userId, role }) => ({ userId: String(userId), role }))
      const names = await directory.among(all.map(({ userId }) => userId))
      return all.map(({ userId, role }) => named(userId, names.get(userId), role))
    },

    put: async (courseId: string, caller: Caller, who: Put, traceId: string): Promise<CoursePerson> =>
      inCourse(courseId, caller, async (course, session) => {
        const person = await directory.find(who)
        const people = withPerson(course, person, who.role)
        if (people !== course.people) await write(course, people, session, traceId)
        return named(person.userId, person, who.role)
      }),

    /** Throws USER_NOT_FOUND for somebody who does not work on it. */
    remove: (courseId: string, caller: Caller, userId: string, traceId: string): Promise<void> =>
      inCourse(courseId, caller, async (course, session) => {
        const people = withoutPerson(course.people, userId)
        if (people.length === course.people.length) throw fail('USER_NOT_FOUND')
        await write(course, people, session, traceId)
      }),
  }
}

type Put = Somebody & { role: CourseRole }

const named = (userId: string, person: KnownPerson | undefined, role: CourseRole): CoursePerson => ({
  userId,
  ...(person === undefined ? {} : { fullName: person.fullName, email: person.email }),
  role,
})
