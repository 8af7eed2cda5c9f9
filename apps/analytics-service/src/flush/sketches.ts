import { randomUUID } from 'node:crypto'
import type { Redis, Result } from 'ioredis'
import { courseKeys } from '../keys.ts'
import { NO_VERSION, sketchId, type Sketch, type SketchName, type SketchStore } from './sketch-store.ts'
import type { UniqueCounts } from './store.ts'

declare module 'ioredis' {
  interface RedisCommander<Context> {
    mergeSketch(
      users: string,
      merged: string,
      incoming: string,
      field: string,
      mark: string,
      sketch: Buffer | string,
    ): Result<number, Context>
    moveMark(merged: string, field: string, from: string, to: string): Result<number, Context>
    retireSketch(users: string, merged: string, field: string, seconds: number): Result<number, Context>
  }
}

/** KEYS: users, merged, a key to bring the sketch in by. ARGV: field and mark in merged, the sketch or ''. */
const mergeScript = `
if ARGV[3] ~= '' then
  redis.call('SET', KEYS[3], ARGV[3])
  redis.call('PFMERGE', KEYS[1], KEYS[3])
  redis.call('DEL', KEYS[3])
end
return redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
`

/** KEYS: merged. ARGV: field, mark that we know, mark that takes its place. */
const moveScript = `
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
`

/** KEYS: users, merged. ARGV: field of merged, seconds until the sketch goes; what comes late merges the stored one first. */
const retireScript = `
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('EXPIRE', KEYS[1], ARGV[2])
`

/** In merged: every sketch that is stored for the course has been merged into Redis. */
export const WHOLE = 'whole'
const COURSE = 'course'
/** Before a day in the name of a field. */
const DAY_MARK = '@'
const TRIES = 5
/** For those who still ask for the day of a course that was just retired. */
const RETIRED_SECONDS = 24 * 3600

export type Sketches = {
  /** Stores what Redis knows of these students together with all that was stored before. */
  keep(names: SketchName[]): Promise<void>
  /** Those of the course and its lectures, and those of days from `fromDay` on; of no day where it is left out. */
  stored(courseId: string, fromDay?: string): Promise<Sketch[]>
  /** Brings back what a wiped Redis has lost of a course, from all sketches that are stored of it; one round trip. */
  restore(courseId: string, stored: Sketch[]): Promise<void>
  count(courseId: string, days: string[]): Promise<UniqueCounts>
  /** Lets the sketches of days before this one go from Redis, which must be stored. */
  retire(courseId: string, beforeDay: string): Promise<void>
}

/**
 * Students are counted by HyperLogLogs in Redis, whose sketches are stored in MongoDB. A sketch is replaced only by one
 * that contains it: `merged` notes for each HyperLogLog the version of the stored sketch that went into it, and the
 * store refuses a replacement of any other. The note ends in a random part, new with each merge, so that one from
 * before Redis was wiped is never taken for one from after it.
 */
export function createSketches(redis: Redis, store: SketchStore): Sketches {
  redis.defineCommand('mergeSketch', { numberOfKeys: 3, lua: mergeScript })
  redis.defineCommand('moveMark', { numberOfKeys: 1, lua: moveScript })
  redis.defineCommand('retireSketch', { numberOfKeys: 2, lua: retireScript })
  const fieldOf = ({ lectureId, day }: SketchName) =>
    day === undefined ? (lectureId ?? COURSE) : `${DAY_MARK}${day}`
  const usersOf = ({ courseId, lectureId, day }: SketchName) => {
    const keys = courseKeys(courseId)
    return day === undefined ? keys.users(lectureId) : keys.dayUsers(day)
  }
  const markOf = (version: string) => `${version}#${randomUUID()}`

  function merge(name: SketchName, stored: Sketch | undefined) {
    const keys = courseKeys(name.courseId)
    const mark = markOf(stored?.version ?? NO_VERSION)
    const incoming = keys.incoming(randomUUID())
    return redis.mergeSketch(usersOf(name), keys.merged, incoming, fieldOf(name), mark, stored?.sketch ?? '')
  }

  async function mergeStored(names: SketchName[]) {
    if (names.length === 0) return
    const stored = new Map((await store.read(names)).map((sketch) => [sketchId(sketch), sketch]))
    await Promise.all(names.map((name) => merge(name, stored.get(sketchId(name)))))
  }

  /** The mark first: the sketch that is read after it contains at least what the mark says. */
  async function read(name: SketchName) {
    const keys = courseKeys(name.courseId)
    const [mark, sketch] = await Promise.all([
      redis.hget(keys.merged, fieldOf(name)),
      redis.getBuffer(usersOf(name)),
    ])
    return { name, mark, sketch }
  }

  /** Answers those that could not be replaced, as what is stored is not part of what Redis has. */
  async function storeOnce(names: SketchName[]): Promise<SketchName[]> {
    const version = randomUUID()
    const found = await Promise.all(names.map(read))
    const known = found.flatMap(({ name, mark, sketch }) => {
      if (mark === null || sketch === null) return []
      return [{ ...name, mark, version, sketch, expected: mark.slice(0, mark.indexOf('#')) }]
    })
    const replaced = await store.replace(known)
    const ours = known.filter((sketch) => replaced.has(sketchId(sketch)))
    await Promise.all(
      ours.map((sketch) =>
        redis.moveMark(courseKeys(sketch.courseId).merged, fieldOf(sketch), sketch.mark, markOf(version)),
      ),
    )
    // Nobody watched: there is nothing to store.
    const empty = new Set(found.filter(({ sketch }) => sketch === null).map(({ name }) => sketchId(name)))
    return names.filter((name) => !replaced.has(sketchId(name)) && !empty.has(sketchId(name)))
  }

  return {
    async keep(names) {
      let left = await storeOnce(names)
      for (let attempt = 1; left.length > 0; attempt += 1) {
        if (attempt === TRIES)
          throw new Error('Sketches are changed by others faster than they can be stored')
        await mergeStored(left)
        left = await storeOnce(left)
      }
    },

    stored: store.ofCourse,
    async restore(courseId, stored) {
      await Promise.all([
        ...stored.map((sketch) => merge(sketch, sketch)),
        redis.hset(courseKeys(courseId).merged, WHOLE, '1'),
      ])
    },

    async count(courseId, days) {
      const keys = courseKeys(courseId)
      const [course, ...counts] = await Promise.all([
        redis.pfcount(keys.users()),
        ...days.map((day) => redis.pfcount(keys.dayUsers(day))),
      ])
      return { course, days: new Map(days.map((day, i) => [day, counts[i] ?? 0])) }
    },

    async retire(courseId, beforeDay) {
      const { merged, dayUsers } = courseKeys(courseId)
      const days = (await redis.hkeys(merged))
        .filter((field) => field.startsWith(DAY_MARK))
        .map((field) => field.slice(DAY_MARK.length))
      await Promise.all(
        days
          .filter((day) => day < beforeDay)
          .map((day) => redis.retireSketch(dayUsers(day), merged, DAY_MARK + day, RETIRED_SECONDS)),
      )
    },
  }
}
