import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { internet } from './media/internet.ts'
import type { SourceSettings } from './media/source.ts'
import { openPrograms, type ProgramSettings } from './transcode/programs.ts'
import type { EncodeSettings } from './transcode/picture.ts'
import type { Programs } from './transcode/run.ts'

const run = promisify(execFile)

/** For tests: the settings that the worker has by default. */
export const programSettings: ProgramSettings = {
  ...{ ffmpeg: 'ffmpeg', ffprobe: 'ffprobe', bwrap: 'bwrap', path: '/usr/local/bin:/usr/bin:/bin' },
  ...{ mode: 'auto', memoryLimitMib: 4096, fileLimitMib: 32_768 },
}
/** For tests: ffmpeg and ffprobe in the sandbox that this machine allows. */
export const programs = await openPrograms(programSettings, (reason) => process.emitWarning(reason))

/** For tests of the sandbox: why not here, asked without any argument of ours. */
export const walled = {
  skip: await run('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true']).then(
    () => false,
    (error: Error) => error.message,
  ),
}

/** For tests: a folder that is gone when the test ends. */
export async function temporaryFolder(test: { after(end: () => Promise<void>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
  test.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** For tests: a script of bash in ffmpeg's place, in the sandbox that ffmpeg would be in. */
export async function scripted(
  test: { after(end: () => Promise<void>): void },
  script: string,
  settings: Partial<ProgramSettings> = {},
): Promise<Programs> {
  const file = join(await temporaryFolder(test), 'ffmpeg')
  const write = (text: string) => writeFile(file, `#!/bin/bash\n${text}\n`)
  await write('')
  await chmod(file, 0o755)
  const opened = await openPrograms(
    { ...programSettings, ffmpeg: file, ffprobe: file, ...settings },
    () => {},
  )
  await write(script)
  return opened
}

/** For tests: the running programs whose command line names `text`. */
export async function programsNaming(text: string): Promise<number[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(
    numbers.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  )
  return numbers.filter((_, i) => lines[i]?.includes(text)).map(Number)
}

/** For tests: sources lie in the object store; tries follow each other at once. */
export const ownStoreOnly: SourceSettings = { hosts: [], maxBytes: 1024 ** 3, pauseMs: 1, internet }

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
