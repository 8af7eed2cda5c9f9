import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { programSettings, programs, programsNaming, scripted } from '../fixture.ts'
import { openPrograms } from './programs.ts'
import { Interrupted, runProgram, type RunOptions } from './run.ts'

async function script(context: TestContext, text: string) {
  const programs = await scripted(context, text)
  return (options: Partial<RunOptions> = {}) =>
    runProgram(programs, 'ffmpeg', [], { limitMs: 10_000, ...options })
}

test('a program that says nothing for too long is killed', async (context) => {
  const run = await script(context, 'echo began; exec sleep 60')
  await assert.rejects(run({ silenceMs: 200 }), /no sign of progress for 200 ms/)
})

test('a program that runs for too long is killed, though it talks', async (context) => {
  const run = await script(context, 'while true; do echo busy; sleep 0.05; done')
  await assert.rejects(run({ silenceMs: 5000, limitMs: 400 }), /ran longer than 400 ms/)
})

test('asked to stop, the program is killed', async (context) => {
  const run = await script(context, 'echo began; exec sleep 60')
  const stop = new AbortController()
  await assert.rejects(run({ signal: stop.signal, onLine: () => stop.abort() }), /asked to stop/)
})

test('a program sees no setting of ours', async (context) => {
  process.env['MONGO_URL_OF_TEST'] = 'secret'
  const run = await script(context, 'env')
  const { output } = await run()
  const names = output.split('\n').map((line) => line.split('=')[0])
  // PWD and its like are the shell's own.
  for (const name of ['PWD', 'OLDPWD', 'SHLVL', '_', ''])
    if (names.includes(name)) names.splice(names.indexOf(name), 1)
  assert.deepEqual(names.sort(), ['LC_ALL', 'PATH'])
})

test('what the machine lacks is an error to try again, not a fault of the file', async (context) => {
  for (const said of ['av_interleaved_write_frame(): No space left on device', 'malloc of size 25 failed']) {
    const full = await script(context, `echo "${said}" >&2; exit 1`)
    await assert.rejects(full(), new RegExp(said.replaceAll(/[()]/g, String.raw`\$&`)))
  }
  const absent = { ...programSettings, ffmpeg: '/nowhere/ffmpeg', ffprobe: '/nowhere/ffprobe' }
  await assert.rejects(openPrograms(absent, () => {}))
})

test('a program that ends by a signal was interrupted, and the signal is named', async (context) => {
  const run = await script(context, 'kill -SEGV $$')
  await assert.rejects(run(), { constructor: Interrupted, message: /SIGSEGV/ })
})

test('a frozen ffmpeg is killed by its watchdog, and nothing of it is left', async () => {
  const title = `frozen-${process.pid}`
  const endless = ['-re', '-f', 'lavfi', '-i', 'color=size=64x36', '-metadata', `title=${title}`]
  const args = ['-nostdin', '-v', 'error', '-progress', 'pipe:1', '-stats_period', '0.05', ...endless]
  let frozen: Promise<void> | undefined
  const freeze = async () => {
    for (const pid of await programsNaming(title)) {
      const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
      if (name.trim() === 'ffmpeg') process.kill(pid, 'SIGSTOP')
    }
  }
  const work = runProgram(programs, 'ffmpeg', [...args, '-f', 'null', '-'], {
    ...{ limitMs: 60_000, silenceMs: 500 },
    onLine: () => void (frozen ??= freeze()),
  })
  await assert.rejects(work, /no sign of progress for 500 ms/)
  await frozen
  while ((await programsNaming(title)).length > 0) await pause(10)
})

test('the end of what a failed program wrote to standard error is kept', async (context) => {
  const run = await script(context, 'echo "moov atom not found" >&2; exit 1')
  assert.deepEqual(await run(), { exitCode: 1, output: '', errors: 'moov atom not found\n' })
})
