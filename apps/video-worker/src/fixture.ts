import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { openPrograms, type ProgramSettings } from './transcode/programs.ts'
import type { EncodeSettings } from './transcode/picture.ts'

const run = promisify(execFile)

/** For tests: the settings that the worker has by default. */
export const programSettings: ProgramSettings = {
  ...{ ffmpeg: 'ffmpeg', ffprobe: 'ffprobe', bwrap: 'bwrap', path: '/usr/local/bin:/usr/bin:/bin' },
  ...{ mode: 'auto', memoryLimitMib: 4096, fileLimitMib: 32_768 },
}
/** For tests: ffmpeg and ffprobe in the sandbox that this machine allows. */
export const programs = await openPrograms(programSettings, (reason) => process.emitWarning(reason))

/** For tests: a folder that is gone when the test ends. */
export async function temporaryFolder(test: { after(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
  test.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** For tests: what is made counts, not how small it is. */
export const quickest: EncodeSettings = {
  encoder: 'x264',
  preset: 'ultrafast',
  threads: 2,
  onGpuFault: () => {},
}

export type Clip = { seconds: number; size: string; audio?: boolean; options?: string[] }

/** For tests: a moving picture, with a tone unless told otherwise. */
export async function makeClip(file: string, { seconds, size, audio = true, options = [] }: Clip) {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=10:duration=${seconds}`]
  const tone = audio ? ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`] : []
  const encoding = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac']
  await run('ffmpeg', [
    '-y',
    '-nostdin',
    '-loglevel',
    'error',
    ...picture,
    ...tone,
    ...encoding,
    ...options,
    file,
  ])
}

/** For tests: turns a clip's display matrix, as a phone held upright does, without touching a picture. */
export async function turnClip(from: string, to: string) {
  const turned = ['-c', 'copy', '-metadata:s:v:0', 'rotate=90', to]
  await run('ffmpeg', ['-y', '-nostdin', '-loglevel', 'error', '-i', from, ...turned])
}
