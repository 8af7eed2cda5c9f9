import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { VideoFault } from './failure.ts'
import type { Rung } from './ladder.ts'
import { probe, type Source } from './probe.ts'
import type { Programs } from './run.ts'

const DURATION_SHARE = 0.01
const DURATION_SLACK_SECONDS = 0.1
/** A container may count the time of the last frame or leave it out. */
const FRAMES_OF_SLACK = 2

const broken = (detail: string) => new VideoFault('OUTPUT_BROKEN', detail)

/** Whether a length is that of the source: within 1 %, a tenth of a second, or two frames. */
export function isWhole(seconds: number, source: { framesPerSecond: number }, wanted: number): boolean {
  const frames = FRAMES_OF_SLACK / source.framesPerSecond
  const slack = Math.max(DURATION_SLACK_SECONDS, wanted * DURATION_SHARE, frames)
  return Math.abs(seconds - wanted) <= slack
}

/** ffmpeg ends well on files that it read only in part, so what counts is what it made. */
export async function checkVideo(
  programs: Programs,
  file: string,
  source: Source,
  signal: AbortSignal,
): Promise<Source> {
  const made = await probe(programs, file, 'mov', signal).catch((error: unknown) => {
    throw error instanceof VideoFault ? broken(error.message) : error
  })
  if (made.hasAudio !== source.hasAudio) throw broken(`audio: ${made.hasAudio}`)
  const lengths = [
    [made.durationSeconds, source.durationSeconds],
    [made.pictureSeconds, source.pictureSeconds],
  ] as const
  for (const [seconds, wanted] of lengths) {
    if (seconds === undefined || wanted === undefined || isWhole(seconds, source, wanted)) continue
    throw broken(`${seconds} s of ${wanted} s`)
  }
  return made
}

export type Playlist = { segments: string[]; seconds: number; ended: boolean }

/** What a media playlist lists (RFC 8216 §4.3). */
export function parsePlaylist(text: string): Playlist {
  const lines = text.split('\n').map((line) => line.trim())
  const seconds = lines.map((line) => Number(/^#EXTINF:([\d.]+)/.exec(line)?.[1] ?? 0))
  return {
    segments: lines.filter((line) => line !== '' && !line.startsWith('#')),
    seconds: seconds.reduce((sum, next) => sum + next, 0),
    ended: lines.includes('#EXT-X-ENDLIST'),
  }
}

/** Every rung is in the master playlist with its codecs, as long as the MP4, and none of its segments is empty. */
export async function checkStreams(folder: string, ladder: Rung[], made: Source): Promise<void> {
  const master = await readFile(join(folder, 'master.m3u8'), 'utf8')
  for (const rung of ladder) {
    const entry = new RegExp(
      `RESOLUTION=${rung.width}x${rung.height}[^\\n]*CODECS="avc1[^\\n]*\\n${rung.name}/index\\.m3u8`,
    )
    if (!entry.test(master)) throw broken(`${rung.name} is not in the master playlist`)
    const playlist = parsePlaylist(await readFile(join(folder, rung.name, 'index.m3u8'), 'utf8'))
    if (!playlist.ended || !isWhole(playlist.seconds, made, made.pictureSeconds ?? made.durationSeconds)) {
      throw broken(`${rung.name} holds ${playlist.seconds} s of ${made.durationSeconds} s`)
    }
    for (const segment of playlist.segments) {
      const { size } = await stat(join(folder, rung.name, segment))
      if (size === 0) throw broken(`${rung.name}/${segment} is empty`)
    }
  }
}
