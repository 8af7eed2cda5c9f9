import { crc32 } from 'node:zlib'

/** Must stay the same for as long as counts wait in Redis. */
export const BUCKETS = 256
export const bucketOf = (courseId: string) => crc32(courseId) % BUCKETS

/** Counts of a bucket since its last flush began: fields of `fields`, and `__id`, the batch's id from its birth. */
export const liveKey = (bucket: number) => `an:{${bucket}}`
/** A batch that a flusher has claimed; it never changes. */
export const pendingKey = (bucket: number) => `an:{${bucket}}:pending`

/** Every key of a course shares a slot of a Redis Cluster with the batch that its counts go to. */
export function courseKeys(courseId: string) {
  const bucket = bucketOf(courseId)
  const users = `an:{${bucket}}:users:${courseId}`
  return {
    live: liveKey(bucket),
    pending: pendingKey(bucket),
    /** HyperLogLog of the students with any watch time, in the course or in one lecture of it. */
    users: (lectureId?: string) => (lectureId === undefined ? users : `${users}:${lectureId}`),
    /** Hash: which stored sketch each HyperLogLog contains. */
    merged: `an:{${bucket}}:merged:${courseId}`,
    /** Exists while a playback counts as the same view. */
    playback: (lectureId: string, playback: string) => `an:{${bucket}}:playback:${lectureId}:${playback}`,
    /** A sketch on its way into a HyperLogLog. */
    incoming: (name: string) => `an:{${bucket}}:incoming:${name}`,
  }
}

/** The moment up to which a student's watch time has been counted. */
export const watchedKey = (userId: string) => `watched:{${userId}}`

export const BATCH_ID = '__id'

/** Fields of a batch. Times are whole milliseconds. */
export const fields = {
  courseViews: (courseId: string) => `${courseId}:views`,
  courseTime: (courseId: string) => `${courseId}:time`,
  lectureViews: (courseId: string, lectureId: string) => `${courseId}:${lectureId}:views`,
  lectureTime: (courseId: string, lectureId: string) => `${courseId}:${lectureId}:time`,
}
