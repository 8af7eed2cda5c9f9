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
/** Paths. The first course has the long video and the cover. */
export type DemoFiles = { long: string; short: string; cover: string }

/** The videos and the picture of the demo's courses, made where they are not there yet. */
export async function demoFiles({ home, say, signal }: Making): Promise<DemoFiles> {
  const folder = join(home, 'data')
  await mkdir(folder, { recursive: true })
  const ffmpeg = await findFfmpeg(say)
  const make = async (name: string, argsFor: (file: string, plain: boolean) => string[]) => {
    const file = join(folder, name)
    if (await isThere(file)) return file
    const partial = join(folder, `partial-${name}`)
    const run = (plain: boolean) => execute(ffmpeg, argsFor(partial, plain), { signal })
    // An ffmpeg that is old, without drawtext or without any font makes something plainer.
    await run(false).catch((error: unknown) => {
      if (signal?.aborted === true) throw error
      return run(true)
    })
    await rename(partial, file)
    return file
  }
  const video = ({ name, ...shape }: { name: string; seconds: number; size: string }) =>
    make(name, (file, plain) => sampleVideoArgs({ ...shape, file, clock: !plain }))
  const cover = await make('first-look.png', coverArgs)
  return { long: await video(shapes.long), short: await video(shapes.short), cover }
}

function coverArgs(file: string, plain: boolean): string[] {
  const colours = 'c0=0x1e1b4b:c1=0x4f46e5:c2=0x22d3ee:n=3:seed=1'
  const source = plain
    ? 'color=c=0x4f46e5:s=1280x720'
    : `gradients=s=1280x720:${colours}:x0=0:y0=0:x1=1280:y1=720`
  return ['-y', '-nostdin', '-loglevel', 'error', '-f', 'lavfi', '-i', source, '-frames:v', '1', file]
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
