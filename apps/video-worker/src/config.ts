import {
  mongoSettings,
  objectSettings,
  redisStateSettings,
  serverSettings,
} from '@aetherlearn/service-kit/config'
import { Type, type Static } from 'typebox'

export const Config = Type.Object({
  ...serverSettings('video-worker'),
  ...mongoSettings,
  ...redisStateSettings,
  ...objectSettings,
  MONGO_DATABASE: Type.String({ minLength: 1, default: 'video' }),
  /** Where sources are fetched to and outputs are made; each job has a folder of its own in it. */
  WORK_FOLDER: Type.String({ default: '' }),
  /** Videos at once in this process. */
  CONCURRENCY: Type.Integer({ minimum: 1, maximum: 16, default: 1 }),
  /** x264's trade of speed for size. */
  X264_PRESET: Type.Union(
    (['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow'] as const).map((name) =>
      Type.Literal(name),
    ),
    { default: 'veryfast' },
  ),
  /** A worker that does not say that it lives for this long loses its job to another. */
  LOCK_DURATION_MS: Type.Integer({ minimum: 1000, default: 60_000 }),
  /** Before the second try of a video that failed by no fault of its own; each further wait is four times longer. */
  RETRY_DELAY_MS: Type.Integer({ minimum: 0, default: 5000 }),
  /** Names on PATH, or absolute paths. */
  FFMPEG: Type.String({ default: 'ffmpeg' }),
  FFPROBE: Type.String({ default: 'ffprobe' }),
  /** All that ffmpeg gets to see of the environment. */
  PATH: Type.String({ default: '/usr/local/bin:/usr/bin:/bin' }),
  /** How often lost jobs are looked for. */
  STALLED_CHECK_MS: Type.Integer({ minimum: 100, default: 15_000 }),
})
export type Config = Static<typeof Config>
