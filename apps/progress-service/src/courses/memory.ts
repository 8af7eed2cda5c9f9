import { CompletionRule } from '@aetherlearn/contracts/course/completion'
import { remember } from '@aetherlearn/service-kit/remembered'
import type { SharedCache, SharedCacheOptions } from '@aetherlearn/service-kit/shared-cache'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { CourseStore, KnownCourse } from './store.ts'

/** About 50 MB. A course counts as its lectures and a little more, so that neither many nor long courses take more. */
const REMEMBERED_LECTURES = 500_000
const COURSE_ITSELF = 10
/** Source document 001: for how long a course's lectures are cached. */
export const CACHED_MS = 24 * 3600_000
/** A course is read from MongoDB in a few milliseconds: longer is not worth waiting for the cache. */
export const CACHE_TIMEOUT_MS = 150

/** Makes the cache that all instances share, and is told what to do with what any of them drops. */
export type OpenCourseCache = (
  more: Pick<SharedCacheOptions, 'keptMs' | 'onDrop'>,
) => Pick<SharedCache, 'read' | 'drop'>
export type CourseMemory = {
  /** What `get` would answer, where it can be had without waiting. */
  fresh(courseId: string): KnownCourse | undefined
  get(courseId: string): Promise<KnownCourse | undefined>
  /** Looks whether MongoDB has another version by now. */
  reread(courseId: string): Promise<KnownCourse | undefined>
  /** Here at once, and on all instances once it resolves. */
  forget(courseId: string): Promise<void>
}

const Cached = Compile(
  Type.Object({
    version: Type.Integer(),
    lectures: Type.Array(Type.Tuple([Type.String(), Type.Number()])),
    completion: CompletionRule,
    /** Absent in what older versions of this service wrote. */
    tasks: Type.Optional(
      Type.Array(
        Type.Tuple([
          Type.String(),
          Type.Object({
            items: Type.Optional(Type.Array(Type.Object({ itemId: Type.String(), graded: Type.Boolean() }))),
            questions: Type.Optional(Type.Integer()),
          }),
        ]),
      ),
    ),
  }),
)

const write = ({ version, lectures, completion, tasks }: KnownCourse) =>
  JSON.stringify({ version, lectures: [...lectures], completion, tasks: [...tasks] })

function parse(text: string): KnownCourse {
  const course: unknown = JSON.parse(text)
  if (!Cached.Check(course)) throw new Error('the cache holds something else under the name of a course')
  const { version, lectures, completion, tasks = [] } = course
  return {
    version,
    lectures: new Map(lectures),
    totalLectures: lectures.length,
    completion,
    tasks: new Map(tasks),
  }
}

const itemsIn = (tasks: KnownCourse['tasks']) =>
  [...tasks.values()].reduce((sum, { items = [] }) => sum + 1 + items.length, 0)

const ABSENT = new Error('there is no such course')
const keyOf = (courseId: string) => `courseMeta:${courseId}`

/**
 * Courses as this process knows them; what it does not know it takes from the cache, and the first who finds nothing
 * there from MongoDB, for all who wait on any instance. Once a minute it compares versions with MongoDB, in case that
 * whoever changed a course died before it could drop it from the cache.
 */
export function createCourseMemory(
  store: Pick<CourseStore, 'readCourse' | 'headings'>,
  openCache: OpenCourseCache,
  room = REMEMBERED_LECTURES,
): CourseMemory {
  const courses = remember({
    max: room,
    sizeOf: ({ totalLectures, tasks }: KnownCourse) => COURSE_ITSELF + totalLectures + itemsIn(tasks),
    read: async ([courseId = ''], knownAs) => {
      const known = knownAs(courseId)
      const course = await (known === undefined ? cached(courseId) : current(courseId, known))
      return course === undefined ? new Map() : new Map([[courseId, course]])
    },
  })
  const cache = openCache({
    keptMs: CACHED_MS,
    onDrop: (keys) => {
      for (const key of keys) courses.forget(key.slice(keyOf('').length))
    },
  })

  async function cached(courseId: string): Promise<KnownCourse | undefined> {
    const load = async () => {
      const course = await store.readCourse(courseId)
      // What does not exist is not kept: it may come to exist.
      if (course === undefined) throw ABSENT
      return write(course)
    }
    try {
      return parse((await cache.read(keyOf(courseId), '', load)).bytes.toString())
    } catch (error) {
      if (error === ABSENT) return undefined
      throw error
    }
  }

  async function current(courseId: string, known: KnownCourse): Promise<KnownCourse | undefined> {
    const heading = (await store.headings([courseId])).get(courseId)
    if (heading?.version === known.version) return known
    await cache.drop([keyOf(courseId)])
    return cached(courseId)
  }

  return {
    fresh: courses.fresh,
    get: courses.get,
    reread: courses.reread,
    async forget(courseId) {
      courses.forget(courseId)
      await cache.drop([keyOf(courseId)])
    },
  }
}
