import { crc32 } from 'node:zlib'

/** Must stay the same for as long as counts wait in Redis. */
export const BUCKETS = 256
export const bucketOf = (courseId: string) => crc32(courseId) % BUCKETS

/** Set of the bucket's courses that have a batch, live or claimed. */
export const dirtyKey = (bucket: number) => `an:{${bucket}}:dirty`
/** Stream of the events that were counted, where they are logged. */
export const eventsKey = (bucket: number) => `an:{${bucket}}:events`

/** The hashes of one batch of a course; their fields are in batch.ts. */
export type BatchKeys = { counts: string; heat: string; people: string; students: string }
const batchKeys = (counts: string): BatchKeys => ({
  counts,
  heat: `${counts}:heat`,
  people: `${counts}:people`,
  students: `${counts}:students`,
})

/** Every key of a course shares a slot of a Redis Cluster with the batches that its counts go to. */
export function courseKeys(courseId: string) {
  const bucket = bucketOf(courseId)
  const users = `an:{${bucket}}:users:${courseId}`
  return {
    dirty: dirtyKey(bucket),
    events: eventsKey(bucket),
    /** What was counted since the last flush began; has its id, `__id`, from its first count on. */
    liveBatch: batchKeys(`an:{${bucket}}:live:${courseId}`),
    /** A batch that a flusher has claimed; it never changes. */
    pendingBatch: batchKeys(`an:{${bucket}}:pending:${courseId}`),
    /** HyperLogLog of the students with any watch time, in the course or in one lecture of it. */
    users: (lectureId?: string) => (lectureId === undefined ? users : `${users}:${lectureId}`),
    /** HyperLogLog of the course's students with any watch time on one day, `YYYY-MM-DD`. */
    dayUsers: (day: string) => `${users}@${day}`,
    /** Hash: which stored sketch each HyperLogLog contains. */
    merged: `an:{${bucket}}:merged:${courseId}`,
    /** Hash: what is known of a playback, for as long as its reports count as the same one. */
    playback: (lectureId: string, playback: string) => `an:{${bucket}}:playback:${lectureId}:${playback}`,
    /** Bitmap of the seconds that were watched in that playback. */
    seconds: (lectureId: string, playback: string) =>
      `an:{${bucket}}:playback:${lectureId}:${playback}:seconds`,
    /** A sketch on its way into a HyperLogLog. */
    incoming: (name: string) => `an:{${bucket}}:incoming:${name}`,
  }
}

/** The moment up to which a student's watch time has been counted. */
export const watchedKey = (userId: string) => `watched:{${userId}}`
/** What stands there where this student is no more. */
export const GONE = 'gone'

/** Is there where somebody must not be known by name; on the same node as the moment above. */
export const refusedKey = (userId: string) => `refused:{${userId}}`
/** Is there where Redis has all of these. */
export const CONSENTS_KEY = 'an:consents'
/** What those who must not be known are named with on this day, `YYYY-MM-DD`. */
export const saltKey = (day: string) => `an:salt:${day}`

/** Field of a batch's counts: its id, random, from its first count on. */
export const BATCH_ID = '__id'
/** Field of a batch's counts: when it began, in ms since 1970. */
export const BATCH_BEGAN = '__began'
