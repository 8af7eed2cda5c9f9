import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { claimHome, endLeftover, recordProcess } from './left-over.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-left-'))
after(() => rm(folder, { recursive: true, force: true }))

/** A program that another run started, noted in `pidFile`; that run has ended without it. */
async function leftBehind(pidFile: string): Promise<number> {
  const script = `import { spawn } from 'node:child_process'
    import { recordProcess } from ${JSON.stringify(join(import.meta.dirname, 'left-over.ts'))}
    const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
    child.unref()
    await recordProcess(${JSON.stringify(pidFile)}, child.pid)`
  const run = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
  assert.deepEqual(await once(run, 'exit'), [0, null])
  return Number.parseInt(await readFile(pidFile, 'utf8'), 10)
}

const isGone = async (path: string) => assert.rejects(access(path), { code: 'ENOENT' })
/** A killed process of nobody's stays a zombie where nothing reaps it. */
const stateOf = (pid: number) =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (stat) => stat.split(') ')[1]?.[0] ?? '',
    () => 'gone',
  )

test('what an ended run left behind is ended, apps and stores alike', async () => {
  await mkdir(join(folder, 'home/logs'), { recursive: true })
  await mkdir(join(folder, 'home/data/redis'), { recursive: true })
  const files = [join(folder, 'home/logs/app.pid'), join(folder, 'home/data/redis/redis-server.pid')]
  const pids = await Promise.all(files.map(leftBehind))
  // It may not have got as far as its sleep.
  for (const pid of pids) assert.match(await stateOf(pid), /^[DRS]$/)
  const letGo = await claimHome(join(folder, 'home'))
  for (const pid of pids) assert.match(await stateOf(pid), /^(Z|gone)$/)
  for (const file of files) await isGone(file)
  await letGo()
})

test('of two runs that start at once on the same data one is refused, until the other has let go of it', async () => {
  const home = join(folder, 'twice')
  const claims = await Promise.allSettled([claimHome(home), claimHome(home)])
  const [ours, ...others] = claims.filter((claim) => claim.status === 'fulfilled')
  assert.deepEqual(others, [])
  const refused = {
    message: new RegExp(`^Process ${process.pid} is running AetherLearn on this data already`),
  }
  await assert.rejects(claimHome(home), refused)
  await ours?.value()
  const letGo = await claimHome(home)
  await letGo()
})

test('a process that got the number of an ended one is left alone', async () => {
  const pidFile = join(folder, 'reused.pid')
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  await writeFile(pidFile, `${child.pid} 1\n1\n1\n`)
  await endLeftover(pidFile)
  await isGone(pidFile)
  assert.equal(child.kill(), true)
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM'])
})

test('a process of a run that is alive is left alone, and the run is named', async () => {
  const pidFile = join(folder, 'alive.pid')
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  await recordProcess(pidFile, child.pid ?? 0)
  await assert.rejects(endLeftover(pidFile), {
    message: new RegExp(`^Process ${process.pid} is running AetherLearn on this data already`),
  })
  child.kill()
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM'])
})
