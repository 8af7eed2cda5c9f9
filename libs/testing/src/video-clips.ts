import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { clockFilters } from './video-clock.ts'

const execute = promisify(execFile)

/** Runs ffmpeg, which must be on PATH. */
export const ffmpeg = (...args: string[]) =>
  execute('ffmpeg', ['-y', '-nostdin', '-hide_banner', '-loglevel', 'error', ...args])

/** A clip whose picture shows its frames' numbers and whose sound beeps at each full second of its own time. */
export type Clip = {
  size?: string
  rate?: string
  seconds?: number
  /** What the clock shows, as an expression of ffmpeg. */
  number?: string
  /** Filters before the clock is drawn, and after it. */
  before?: string[]
  after?: string[]
  /** Arguments before the input of the picture, or of the sound, for example `-itsoffset 2`. */
  pictureInput?: string
  soundInput?: string
  /** False for none; otherwise a filter for the beeps. */
  sound?: string | false
  codec?: string
  /** Options of the output. */
  options?: string
}

const words = (text: string) => text.split(' ').filter((word) => word !== '')
const X264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p'
const AAC = '-c:a aac -b:a 96k'

/** A tenth of a second of 1 kHz at each full second. */
export const beeps = (seconds: number) =>
  `aevalsrc='0.5*sin(2000*PI*t)*lt(mod(t,1),0.1)':s=48000:d=${seconds}`

export async function makeClip(file: string, clip: Clip): Promise<void> {
  const { size = '640x360', rate = '30', seconds = 3, codec = X264, options = '' } = clip
  const { sound = 'anull', before = [], after = [] } = clip
  const picture = `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`
  const filters = [...before, ...clockFilters(clip.number), ...after].join(',')
  const inputs = [...words(clip.pictureInput ?? ''), '-f', 'lavfi', '-i', picture]
  if (sound !== false) inputs.push(...words(clip.soundInput ?? ''), '-f', 'lavfi', '-i', beeps(seconds))
  const heard = sound === false ? [] : ['-af', sound, ...words(AAC)]
  await ffmpeg(...inputs, '-vf', filters, ...words(codec), ...heard, ...words(options), file)
}
