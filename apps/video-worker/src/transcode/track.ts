import type { Loudness } from '@aetherlearn/contracts/course/shapes'

/** Name of the track of the sound, and of its folder. */
export const SOUND = 'sound'

/** One file of a playlist, in its order. Names of files count from the folder of the whole video. */
export type Segment = { file: string; seconds: number; bytes: number }

/** What was made of one rung, or of the sound: of one part, or of all of them. */
export type Track = {
  /** A rung's name, or `sound`. */
  name: string
  segments: Segment[]
  /** RFC 6381, where the header of the segments says it. */
  codecs?: string
  /** What fMP4 segments need first. Parts whose headers differ cannot be joined. Absent for MPEG-TS. */
  header?: { file: string; sha256: string }
}

export type PictureResult = { tracks: Track[]; frames: number }
export type SoundResult = { track: Track; channels: number; loudness: Loudness }
