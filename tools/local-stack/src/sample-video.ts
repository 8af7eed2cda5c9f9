import { execFile } from 'node:child_process'
import { access, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { findFfmpeg } from './stores.ts'

const execute = promisify(execFile)
/** A few segments of each rung, and one of a single rung: making them is most of the first start. */
const shapes = {
  long: { name: 'first-look.mp4', seconds: 8, size: '854x480' },
  short: { name: 'short-look.mp4', seconds: 4, size: '640x360' },
}

type Making = { home: string; say: (line: string) => void; signal?: AbortSignal | undefined }
/** Files. */
export type DemoVideos = { long: string; short: string }

/** The videos of the demo's courses, made where they are not there yet. */
export async function demoVideos({ home, say, signal }: Making): Promise<DemoVideos> {
  const folder = join(home, 'data')
  await mkdir(folder, { recursive: true })
  const ffmpeg = await findFfmpeg(say)
  const make = async ({ name, ...shape }: { name: string; seconds: number; size?: string }) => {
    const file = join(folder, name)
    if (await isThere(file)) return file
    const partial = join(folder, `partial-${name}`)
    const run = (clock: boolean) =>
      execute(ffmpeg, sampleVideoArgs({ ...shape, file: partial, clock }), { signal })
    // An ffmpeg without drawtext, or without any font, makes the video all the same.
    await run(true).catch((error: unknown) => {
      if (signal?.aborted === true) throw error
      return run(false)
    })
    await rename(partial, file)
    return file
  }
  return { long: await make(shapes.long), short: await make(shapes.short) }
}

const isThere = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

type SampleVideo = { seconds: number; file: string; clock?: boolean; size?: string }

/** Arguments for ffmpeg: a moving picture with a clock burned in and a tone, 25 fps, H.264 and AAC. */
export function sampleVideoArgs({ seconds, file, clock = true, size = '1280x720' }: SampleVideo): string[] {
  const drawClock =
    "drawtext=text='%{pts\\:hms}':fontsize=72:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=16:x=40:y=40"
  const inputs = [
    ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
  ]
  const encoding = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-g',
    '50',
    '-c:a',
    'aac',
  ]
  return [
    '-y',
    '-nostdin',
    '-loglevel',
    'error',
    ...inputs,
    ...(clock ? ['-vf', drawClock] : []),
    ...encoding,
    '-movflags',
    '+faststart',
    file,
  ]
}
