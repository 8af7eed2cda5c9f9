import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { freePort } from './child.ts'
import { findMongod } from './mongod.ts'
import { startStack, withTheirCalls, type Stack } from './stack.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-stack-'))
after(() => rm(folder, { recursive: true, force: true }))

// The stack is to start its own stores, also where a run of all tests has some already.
for (const name of ['MONGO_URL', 'REDIS_STATE_URL', 'REDIS_CACHE_URL']) delete process.env[name]

/** The ids of all processes that run for `home`, by their process files. */
async function processesOf(home: string): Promise<number[]> {
  const names = await readdir(home, { recursive: true }).catch(() => [])
  const files = names.filter((name) => name.endsWith('.pid'))
  return Promise.all(files.map(async (name) => Number.parseInt(await readFile(join(home, name), 'utf8'), 10)))
}

const isGone = (pid: number) => assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' })

async function withIdentity<T>(home: string, use: (stack: Stack) => Promise<T>): Promise<T> {
  const stack = await startStack({ home, ports: 'free', apps: ['identity-service'], log: () => {} })
  return use(stack).finally(stack.stop)
}

test('a service comes up with only what it needs, and stopping leaves no process and no process file', async () => {
  const home = join(folder, 'alone')
  assert.deepEqual(withTheirCalls(['course-service']), ['identity-service', 'course-service'])
  const running = await withIdentity(home, async ({ urls }) => {
    const ready = await fetch(`${urls['identity-service']}/health/ready`)
    assert.equal(ready.status, 200)
    return processesOf(home)
  })
  assert.equal(running.length, 3, 'mongod, redis-server and the service')
  running.forEach(isGone)
  assert.deepEqual(await processesOf(home), [])
})

test('a service that dies is named with its log', () =>
  withIdentity(join(folder, 'dying'), async (stack) => {
    const [pid] = await processesOf(join(stack.home, 'logs'))
    process.kill(pid ?? Number.NaN, 'SIGKILL')
    assert.match(
      await stack.died,
      /^identity-service was ended by SIGKILL\. Its log: .*identity-service\.log$/,
    )
  }))

test('a port that is taken is one sentence with the way out, exit code 1, and nothing left running', async () => {
  const home = join(folder, 'taken')
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  const env = { ...process.env, AETHERLEARN_HOME: home, PORT: String(port) }
  const script = join(import.meta.dirname, 'start.ts')
  const settings = { ...env, NODE_TEST_CONTEXT: undefined }
  const child = spawn(process.execPath, [script, 'gateway'], { env: settings })
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  other.close()
  assert.equal(code, 1)
  assert.match(
    said,
    new RegExp(`^Port ${port}, which gateway needs, is taken\\. Stop what uses it .* set PORT`),
  )
  assert.deepEqual(await processesOf(home), [])
})

/** `npm start -- identity-service` as a process, when it has said that it is ready. */
async function startAlone(settings: Record<string, string>) {
  const env = {
    ...process.env,
    MONGOD: await findMongod(() => {}),
    ...settings,
    NODE_TEST_CONTEXT: undefined,
  }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts'), 'identity-service'], { env })
  const ready = Promise.withResolvers<typeof child>()
  createInterface(child.stdout).on('line', (line) => line.includes('is ready') && ready.resolve(child))
  const said = text(child.stderr)
  child.on('exit', () => void said.then((why) => ready.reject(new Error(why))))
  return ready.promise
}

test('the start after a killed one ends what it left and uses the same ports; SIGTERM then ends all with 0', async () => {
  const home = join(folder, 'killed')
  const ports = {
    MONGO_PORT: await freePort(),
    REDIS_PORT: await freePort(),
    IDENTITY_SERVICE_PORT: await freePort(),
  }
  const settings = Object.entries(ports).map(([name, port]) => [name, String(port)])
  const start = () => startAlone({ ...Object.fromEntries(settings), AETHERLEARN_HOME: home })
  const first = await start()
  first.kill('SIGKILL')
  await once(first, 'exit')
  assert.ok((await processesOf(home)).length > 0)
  const second = await start()
  second.kill('SIGTERM')
  const [code] = await once(second, 'exit')
  assert.equal(code, 0)
  assert.deepEqual(await processesOf(home), [])
})

test('an app that does not exist is one sentence that names those that do', async () => {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.ts'), 'coarse-service'])
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
  assert.equal(code, 1)
  assert.match(said, /^There is no app "coarse-service"\. There are: gateway, .*course-service/)
})
