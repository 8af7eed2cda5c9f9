import type { LectureVersion, LectureVersions } from '@aetherlearn/contracts/analytics/versions'
import { fail } from '@aetherlearn/service-kit/errors'
import { compareVersions, type VersionWatching } from './rules.ts'
import type { Stretch, Version, VersionStore } from './store.ts'

type Seen = { videoId: string; durationSeconds: number; stretches: Stretch[] }
type Lecture = { lectureId: string; lectureTitle: string }
export type Asked = { courseId: string; lecture: Lecture; a?: string | undefined; b?: string | undefined }
export type ReadVersions = (asked: Asked) => Promise<LectureVersions>

/** A video that came back, as after a rollback, is one version that was seen twice. */
export function versionsOf(rows: Version[]): Seen[] {
  const seen = new Map<string, Seen>()
  for (const [index, { videoId, durationSeconds, from }] of rows.entries()) {
    const known = seen.get(videoId)
    const stretch = { from, until: rows[index + 1]?.from }
    seen.delete(videoId)
    seen.set(videoId, {
      videoId,
      durationSeconds,
      stretches: [...(known?.stretches ?? []), stretch],
    })
  }
  return [...seen.values()]
}

const shown = ({ videoId, durationSeconds, stretches }: Seen): LectureVersion => {
  const last = stretches.at(-1)
  return {
    videoId,
    since: (last?.from ?? new Date(0)).toISOString(),
    until: last?.until?.toISOString() ?? null,
    durationSeconds,
  }
}

function chosen(versions: Seen[], videoId: string | undefined, place: { name: string; index: number }) {
  const found =
    videoId === undefined ? versions.at(place.index) : versions.find((one) => one.videoId === videoId)
  if (found !== undefined) return found
  const errors = [{ field: `query.${place.name}`, message: 'is no version of this lecture' }]
  throw fail('INVALID_INPUT', { errors })
}

export const createVersionReader =
  (store: Pick<VersionStore, 'ofLecture' | 'playbacks' | 'completed'>): ReadVersions =>
  async ({ courseId, lecture: { lectureId, lectureTitle }, a, b }) => {
    const versions = versionsOf(await store.ofLecture(courseId, lectureId))
    const answer = { lectureId, lectureTitle, versions: versions.map(shown) }
    if (versions.length < 2) return { ...answer, comparison: null }
    const pair = [
      chosen(versions, a, { name: 'a', index: -2 }),
      chosen(versions, b, { name: 'b', index: -1 }),
    ] as const
    if (pair[0] === pair[1]) {
      const errors = [{ field: 'query.b', message: 'is the same version as a' }]
      throw fail('INVALID_INPUT', { errors })
    }
    const watching = async ({ videoId, durationSeconds, stretches }: Seen): Promise<VersionWatching> => ({
      videoId,
      durationSeconds,
      playbacks: await store.playbacks(courseId, lectureId, stretches),
    })
    const [first, second, completed] = await Promise.all([
      watching(pair[0]),
      watching(pair[1]),
      store.completed(courseId, lectureId),
    ])
    return { ...answer, comparison: compareVersions(first, second, completed) }
  }
