import {
  mongoSettings,
  objectSettings,
  redisStateSettings,
  serverSettings,
} from '@aetherlearn/service-kit/config'
import { Type, type Static } from 'typebox'
import { internet } from './media/internet.ts'
import type { SourceSettings } from './media/source.ts'
import type { ProgramSettings } from './transcode/programs.ts'

export const Config = Type.Object({
  ...serverSettings('video-worker'),
  ...mongoSettings,
  ...redisStateSettings,
  ...objectSettings,
  MONGO_DATABASE: Type.String({ minLength: 1, default: 'video' }),
  /** Where sources are fetched to and outputs are made; each job has a folder of its own in it. */
  WORK_FOLDER: Type.String({ default: '' }),
  /** Videos at once in this process, and as many parts of long videos besides. */
  CONCURRENCY: Type.Integer({ minimum: 1, maximum: 16, default: 1 }),
  /** Where sources may lie besides our own store, reached by https: `res.cloudinary.com,videos.example.org`. */
  SOURCE_HOSTS: Type.String({
    pattern: '^([a-z0-9.-]+(,[a-z0-9.-]+)*)?$',
    default: 'res.cloudinary.com',
  }),
  /** The largest source whose size its job does not say. */
  MAX_SOURCE_BYTES: Type.Integer({ minimum: 1, default: 10 * 1024 ** 3 }),
  /** x264's trade of speed for size. */
  X264_PRESET: Type.Union(
    (['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow'] as const).map((name) =>
      Type.Literal(name),
    ),
    { default: 'veryfast' },
  ),
  /** For each ffmpeg; 0 is one for each core. Where several workers share a machine, each gets its share of the cores. */
  FFMPEG_THREADS: Type.Integer({ minimum: 0, maximum: 256, default: 0 }),
  /**
   * Videos of at least two parts are cut into parts of this length, which all workers encode side by side; rounded to
   * ten key frames, 20 s. A video's first worker decides.
   */
  PART_SECONDS: Type.Integer({ minimum: 20, maximum: 3600, default: 60 }),
  /**
   * `auto` asks the graphics card at the start for one frame, and takes x264 where it gives none. `nvenc` does not ask.
   * A video that the card fails on is encoded by x264 in the same attempt.
   */
  VIDEO_ENCODER: Type.Union(
    (['auto', 'nvenc', 'x264'] as const).map((name) => Type.Literal(name)),
    { default: 'auto' },
  ),
  /** `fmp4`: CMAF segments of 4 s. `ts`: MPEG-TS segments of 10 s. */
  SEGMENTS: Type.Union([Type.Literal('fmp4'), Type.Literal('ts')], { default: 'fmp4' }),
  /** A worker that does not say that it lives for this long loses its job to another. */
  LOCK_DURATION_MS: Type.Integer({ minimum: 1000, default: 60_000 }),
  /** Before the second try of a video that failed by no fault of its own; each further wait is four times longer. */
  RETRY_DELAY_MS: Type.Integer({ minimum: 0, default: 5000 }),
  /** Names on PATH, or absolute paths; needed where a program lies outside /usr. */
  FFMPEG: Type.String({ default: 'ffmpeg' }),
  FFPROBE: Type.String({ default: 'ffprobe' }),
  /** bubblewrap, which shuts ffmpeg in. */
  BWRAP: Type.String({ default: 'bwrap' }),
  /**
   * `auto` shuts ffmpeg in where the kernel allows it and warns where it does not; `required` refuses to start there;
   * `off` sets limits only.
   */
  SANDBOX: Type.Union(
    (['auto', 'required', 'off'] as const).map((mode) => Type.Literal(mode)),
    { default: 'auto' },
  ),
  /** Private memory that one ffmpeg may take: below what the container has, so that it fails and not the worker. */
  FFMPEG_MEMORY_LIMIT_MIB: Type.Integer({ minimum: 256, default: 4096 }),
  /** The largest file that one ffmpeg may write. */
  FFMPEG_FILE_LIMIT_MIB: Type.Integer({ minimum: 64, default: 32_768 }),
  /** All that ffmpeg gets to see of the environment. */
  PATH: Type.String({ default: '/usr/local/bin:/usr/bin:/bin' }),
  /** How often lost jobs are looked for. */
  STALLED_CHECK_MS: Type.Integer({ minimum: 100, default: 15_000 }),
})
export type Config = Static<typeof Config>

/** How `openPrograms` is told of ffmpeg, ffprobe and what shuts them in. */
export const programSettingsOf = (config: Config): ProgramSettings => ({
  ...{ ffmpeg: config.FFMPEG, ffprobe: config.FFPROBE, bwrap: config.BWRAP, path: config.PATH },
  mode: config.SANDBOX,
  memoryLimitMib: config.FFMPEG_MEMORY_LIMIT_MIB,
  fileLimitMib: config.FFMPEG_FILE_LIMIT_MIB,
})

const SOURCE_PAUSE_MS = 500

/** How `fetchSource` is told where sources may come from. */
export const sourceSettingsOf = (config: Config): SourceSettings => ({
  hosts: config.SOURCE_HOSTS.split(','),
  maxBytes: config.MAX_SOURCE_BYTES,
  pauseMs: SOURCE_PAUSE_MS,
  internet,
})
