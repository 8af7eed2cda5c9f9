import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { startStack, withTheirCalls } from './stack.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-stack-'))
after(() => rm(folder, { recursive: true, force: true }))

/** Command lines of all processes that were started for `home`. */
async function processesOf(home: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'args'])
  return stdout.split('\n').filter((line) => line.includes(home))
}

test('a service comes up with only what it needs, and stopping leaves no process and no process file', async () => {
  const home = join(folder, 'alone')
  const apps = withTheirCalls(['course-service'])
  assert.deepEqual(apps, ['identity-service', 'course-service'])
  const stack = await startStack({ home, ports: 'free', apps: ['identity-service'], log: () => {} })
  const live = await fetch(`${stack.urls['identity-service']}/health/ready`)
  assert.equal(live.status, 200)
  assert.ok((await processesOf(home)).length > 0)
  await stack.stop()
  assert.deepEqual(await processesOf(home), [])
  const left = (await readdir(home, { recursive: true })).filter((name) => name.endsWith('.pid'))
  assert.deepEqual(left, [])
})

test('a service that dies is named with its log', async () => {
  const home = join(folder, 'dying')
  const stack = await startStack({ home, ports: 'free', apps: ['identity-service'], log: () => {} })
  const pid = await pidOf(stack.urls['identity-service'] ?? '')
  process.kill(pid, 'SIGKILL')
  assert.match(await stack.died, /^identity-service was ended by SIGKILL\. Its log: .*identity-service\.log$/)
  await stack.stop()
})

async function pidOf(url: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ss', ['-ltnpH', `sport = :${new URL(url).port}`])
  return Number(/pid=(\d+)/.exec(stdout)?.[1])
}

test('a port that is taken is one sentence with the way out, exit code 1, and nothing left running', async () => {
  const home = join(folder, 'taken')
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const env = { ...process.env, AETHERLEARN_HOME: home, MONGO_PORT: String(port), REDIS_PORT: '0' }
  const script = join(import.meta.dirname, 'start.ts')
  const settings = { ...env, NODE_TEST_CONTEXT: undefined, MONGO_URL: undefined, REDIS_STATE_URL: undefined }
  const child = spawn(process.execPath, [script, 'identity-service', '--no-seed'], { env: settings })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  other.close()
  assert.equal(code, 1)
  assert.match(
    said,
    new RegExp(`^Port ${port}, which MongoDB needs, is taken\\. Stop what uses it .* set MONGO_PORT`),
  )
  assert.deepEqual(await processesOf(home), [])
})

test('an app that does not exist is one sentence that names those that do', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts'), 'coarse-service'])
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.equal(code, 1)
  assert.match(said, /^There is no app "coarse-service"\. There are: gateway, .*course-service/)
})
