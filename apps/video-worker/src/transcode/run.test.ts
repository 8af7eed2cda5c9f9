import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { programSettings, temporaryFolder } from '../fixture.ts'
import { openPrograms } from './programs.ts'
import { runProgram, type RunOptions } from './run.ts'

/** A shell script in ffmpeg's place. */
async function scripted(context: TestContext, script: string) {
  const file = join(await temporaryFolder(context), 'ffmpeg')
  const write = (text: string) => writeFile(file, `#!/bin/sh\n${text}\n`)
  await write('')
  await chmod(file, 0o755)
  const programs = await openPrograms({ ...programSettings, ffmpeg: file, ffprobe: file }, () => {})
  await write(script)
  return (options: Partial<RunOptions> = {}) =>
    runProgram(programs, 'ffmpeg', [], { limitMs: 10_000, ...options })
}

test('a program that says nothing for too long is killed', async (context) => {
  const run = await scripted(context, 'echo began; exec sleep 60')
  await assert.rejects(run({ silenceMs: 200 }), /no sign of progress for 200 ms/)
})

test('a program that runs for too long is killed, though it talks', async (context) => {
  const run = await scripted(context, 'while true; do echo busy; sleep 0.05; done')
  await assert.rejects(run({ silenceMs: 5000, limitMs: 400 }), /ran longer than 400 ms/)
})

test('asked to stop, the program is killed', async (context) => {
  const run = await scripted(context, 'echo began; exec sleep 60')
  const stop = new AbortController()
  await assert.rejects(run({ signal: stop.signal, onLine: () => stop.abort() }), /asked to stop/)
})

test('a program sees no setting of ours', async (context) => {
  process.env['MONGO_URL_OF_TEST'] = 'secret'
  const run = await scripted(context, 'env')
  const { output } = await run()
  const names = output.split('\n').map((line) => line.split('=')[0])
  // PWD and its like are the shell's own.
  for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_', ''])
    if (names.includes(name)) names.splice(names.indexOf(name), 1)
  assert.deepEqual(names.sort(), ['LC_ALL', 'PATH'])
})

test('what the machine lacks is an error to try again, not a fault of the file', async (context) => {
  const full = await scripted(
    context,
    'echo "av_interleaved_write_frame(): No space left on device" >&2; exit 1',
  )
  await assert.rejects(full(), /No space left on device/)
  const absent = { ...programSettings, ffmpeg: '/nowhere/ffmpeg', ffprobe: '/nowhere/ffprobe' }
  await assert.rejects(openPrograms(absent, () => {}))
})

test('the end of what a failed program wrote to standard error is kept', async (context) => {
  const run = await scripted(context, 'echo "moov atom not found" >&2; exit 1')
  assert.deepEqual(await run(), { exitCode: 1, output: '', errors: 'moov atom not found\n' })
})
