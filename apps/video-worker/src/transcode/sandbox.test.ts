import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { programs, programsNaming, scripted, temporaryFolder, walled } from '../fixture.ts'
import type { ProgramSettings } from './programs.ts'
import { runProgram, type RunOptions } from './run.ts'
import { wrapperOf, type SandboxKind } from './sandbox.ts'

// A hole in a decoder lets strangers run what they like, so what runs here is a script that tries.
const limitMs = 20_000

type Setting = { settings?: Partial<ProgramSettings>; options?: Partial<RunOptions> }
/** What the script printed. Commands of it may fail. */
async function attempt(context: TestContext, script: string, { settings, options }: Setting = {}) {
  const inside = await scripted(context, script, settings)
  const { output } = await runProgram(inside, 'ffmpeg', [], { limitMs, ...options })
  return output.split('\n').filter((line) => line !== '')
}

/** A job with its source and its output, and one of somebody else. */
async function twoJobs(context: TestContext) {
  const folder = await temporaryFolder(context)
  const at = (name: string) => join(folder, name)
  for (const name of ['mine', 'mine/output', 'other']) await mkdir(at(name))
  await writeFile(at('mine/source'), 'my source')
  await writeFile(at('other/source'), 'secret of another')
  for (const name of ['mine/source', 'other/source']) await chmod(at(name), 0o666)
  return { at, places: { reads: [at('mine/source')], writes: at('mine/output') } }
}

test('nobody hears what a program in the sandbox says', walled, async (context) => {
  let hits = 0
  const canary = createServer((socket) => (hits++, socket.destroy())).listen(0, '127.0.0.1')
  await once(canary, 'listening')
  context.after(() => canary.close())
  const address = canary.address()
  assert.ok(address !== null && typeof address === 'object')
  const call = `(exec 3<>/dev/tcp/127.0.0.1/${address.port}) && echo connected; cat /sys/class/net/*/address`
  assert.deepEqual(await attempt(context, call), [])
  assert.equal(hits, 0)
  assert.deepEqual((await attempt(context, call, { settings: { mode: 'off' } }))[0], 'connected')
})

test(
  'it finds no setting of the worker: not in its environment, nor in that of others',
  walled,
  async (context) => {
    process.env['MONGO_URL_OF_TEST'] = 'secret-of-the-worker'
    const look = `env; cat /proc/*/environ; cat /proc/${process.pid}/environ`
    const found = await attempt(context, look)
    assert.ok(!found.some((line) => line.includes('secret-of-the-worker')))
    const names = found.map((line) => line.split('=')[0] ?? '')
    const ofTheShell = ['PWD', 'OLDPWD', 'SHLVL', '_']
    assert.deepEqual(names.filter((name) => !ofTheShell.includes(name)).sort(), ['LC_ALL', 'PATH'])
  },
)

test('of our files it reads what was named, and nothing else', walled, async (context) => {
  const { at, places } = await twoJobs(context)
  const unseen = [
    at('other/source'),
    import.meta.filename,
    '/etc/passwd',
    '/etc/hostname',
    '/var',
    '/root',
    '/home',
  ]
  const tries = unseen.map((path) => `ls ${path} && echo saw ${path}`)
  const script = [`cat ${at('mine/source')}; echo; ls ${at('.')} ${at('mine')}`, ...tries].join('\n')
  assert.deepEqual(await attempt(context, script, { options: places }), [
    ...['my source', `${at('.')}:`, 'mine', `${at('mine')}:`, 'output', 'source'],
  ])
  const nothing = await attempt(context, script)
  assert.deepEqual(nothing, [], 'what names no place sees none')
})

test('it writes into its one folder, and nowhere else', walled, async (context) => {
  const { at, places } = await twoJobs(context)
  const paths = [
    '/x',
    '/tmp/x',
    '/usr/x',
    '/usr/bin/x',
    '/dev/x',
    '/etc/x',
    at('x'),
    at('mine/x'),
    at('other/x'),
  ]
  const tries = [...paths, at('mine/source')].map(
    (path) => `echo overwritten > ${path} && echo wrote ${path}`,
  )
  const script = [
    ...tries,
    `echo made > ${at('mine/output/made')} && echo wrote output`,
    'echo scratch > /tmp/x',
  ]
  assert.deepEqual(await attempt(context, script.join('\n'), { options: places }), ['wrote output'])
  assert.equal(await readFile(at('mine/output/made'), 'utf8'), 'made\n')
  assert.equal(await readFile(at('mine/source'), 'utf8'), 'my source')
  assert.deepEqual(await readdir(at('.')), ['mine', 'other'])
})

test('it sees no process but its own, and has no right over the system', walled, async (context) => {
  const powers = ['mount -t tmpfs none /tmp', 'chroot /usr true', 'ls /proc/1', 'hostname other']
  const tries = [`kill -0 ${process.pid}`, ...powers].map((line) => `${line} && echo did: ${line}`)
  const found = await attempt(context, `${tries.join('\n')}\necho process $$`)
  assert.equal(found.length, 1, found.join('\n'))
  const [, number] = /^process (\d+)$/.exec(found[0] ?? '') ?? []
  assert.ok(Number(number) < 10, 'numbers of processes begin anew')
})

test('what it started ends with it, though it hid from it', walled, async (context) => {
  const mark = `9999.${process.pid}`
  const inside = await scripted(context, `(setsid sleep ${mark} &) ; echo began; exec sleep 60`)
  const stop = new AbortController()
  const work = runProgram(inside, 'ffmpeg', [], {
    ...{ limitMs, signal: stop.signal },
    onLine: () => stop.abort(),
  })
  await assert.rejects(work, /asked to stop/)
  while ((await programsNaming(mark)).length > 0) await pause(10)
})

test('it dies with its worker, with walls and without', async (context) => {
  const mark = `9998.${process.pid}`
  for (const mode of ['auto', 'off'] as const) {
    const inside = await scripted(context, 'echo began; exec sleep $1', { mode })
    const code = `import { runProgram } from '${import.meta.resolve('./run.ts')}'
      const onLine = (line) => console.log(line)
      await runProgram(${JSON.stringify(inside)}, 'ffmpeg', ['${mark}'], { limitMs: 60_000, onLine })`
    const worker = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(worker.stdout, 'data')
    const running = (await programsNaming(mark)).filter((pid) => pid !== worker.pid)
    assert.ok(running.length > 0, mode)
    worker.kill('SIGKILL')
    while ((await programsNaming(mark)).length > 0) await pause(10)
  }
})

test('it gets the memory, files and time that it was given, with walls and without', async (context) => {
  const { at, places } = await twoJobs(context)
  const big = at('mine/output/big')
  const script = `
    ulimit -Hc; ulimit -Hn
    for size in 1000000 90000000; do (text=$(head -c $size /dev/zero | tr '\\0' x) && echo took \${#text}); done
    (head -c 90000000 /dev/zero > ${big}); wc -c < ${big}
    echo seconds $(ulimit -Ht)`
  for (const mode of ['auto', 'off'] as const) {
    const settings = { mode, memoryLimitMib: 64, fileLimitMib: 64 }
    const lines = await attempt(context, script, { settings, options: places })
    assert.deepEqual(lines.slice(0, 4), ['0', '1024', 'took 1000000', `${64 * 2 ** 20}`], mode)
    assert.equal(Number(lines[4]?.split(' ')[1]) % (limitMs / 1000), 0, mode)
  }
})

test('it does not begin when its worker died before it was bound to it', async () => {
  const { sandbox, path } = programs
  const begin = (kind: SandboxKind, pid: number) => {
    const [command = '', ...rest] = [...wrapperOf({ ...sandbox, kind }, { path, limitMs, pid }), 'true']
    return promisify(execFile)(command, rest)
  }
  for (const kind of ['walls', 'limits'] as const) {
    if (kind === 'walls' && walled.skip !== false) continue
    await begin(kind, process.pid)
    await assert.rejects(begin(kind, process.pid + 1), { code: 1 })
  }
})

test('however early it is told to stop, it ends, and nothing of it goes on', async (context) => {
  for (const mode of ['required', 'off'] as const) {
    if (mode === 'required' && walled.skip !== false) continue
    const sleeper = await scripted(context, 'exec sleep 300', { mode })
    const stopAfter = async (ms: number) => {
      const stop = new AbortController()
      const run = runProgram(sleeper, 'ffmpeg', [], { limitMs, signal: stop.signal })
      setTimeout(() => stop.abort(), ms)
      await assert.rejects(run, /asked to stop/)
    }
    for (let ms = 0; ms < 24; ms += 1) await Promise.all([1, 2, 3].map(() => stopAfter(ms)))
    while ((await programsNaming(sleeper.ffmpeg)).length > 0) await pause(5)
  }
})
