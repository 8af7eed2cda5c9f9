import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, startChild, untilReady, type Child } from '@aetherlearn/local-stack/child'
import { programsFolder } from '@aetherlearn/local-stack/home'

const run = promisify(execFile)

/** ClickHouse's engine as a Python package: 182 MB to fetch, 534 MB unpacked. */
const PACKAGE = 'chdb-core==26.9.0'
const INSTALL_TIMEOUT_MS = 150_000
const READY_SECONDS = 30

export type TestClickHouse = {
  url: string
  /** Random, of this test's own. */
  database: string
  /** Undefined where the server is not ours to kill. */
  kill: (() => Promise<void>) | undefined
  restart: () => Promise<void>
  close(): Promise<void>
}

/**
 * The ClickHouse server at CLICKHOUSE_URL, or ClickHouse's engine behind an HTTP front of ours, fetched once into
 * our folder of programs. It fails where neither can be had: a test that passes without the engine would say nothing.
 */
export async function testClickHouse(): Promise<TestClickHouse> {
  const database = `test_${randomBytes(6).toString('hex')}`
  const given = process.env['CLICKHOUSE_URL']
  const nothing = () => Promise.resolve()
  if (given !== undefined) {
    return { url: given, database, kill: undefined, restart: nothing, close: nothing }
  }
  const engine = await enginePackage()
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-clickhouse-'))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  let child = await start(engine, folder, port)
  return {
    url,
    database,
    kill: () => child.stop('SIGKILL'),
    restart: async () => {
      child = await start(engine, folder, port)
    },
    close: async () => {
      await child.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function start(engine: string, folder: string, port: number): Promise<Child> {
  const spec = {
    name: 'clickhouse',
    program: 'python3',
    args: [join(import.meta.dirname, 'clickhouse-server.py'), engine, join(folder, 'data'), `${port}`],
    logFile: join(folder, 'clickhouse.log'),
  }
  const child = await startChild(spec)
  await untilReady(child, spec, READY_SECONDS, async () => (await fetch(`http://127.0.0.1:${port}`)).ok)
  return child
}

async function enginePackage(): Promise<string> {
  const target = join(programsFolder(), PACKAGE)
  const isThere = () =>
    access(join(target, 'chdb')).then(
      () => true,
      () => false,
    )
  if (await isThere()) return target
  await mkdir(programsFolder(), { recursive: true })
  const unpacked = await mkdtemp(join(programsFolder(), 'download-'))
  try {
    const args = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--no-deps',
      '--no-compile',
      '--target',
      unpacked,
      PACKAGE,
    ]
    await run('python3', args, { timeout: INSTALL_TIMEOUT_MS })
    await rename(unpacked, target).catch(async (error: unknown) => {
      // Another test file was quicker.
      if (!(await isThere())) throw error
    })
    return target
  } catch (error) {
    const ways = 'Set CLICKHOUSE_URL to a server, or let python3 and pip fetch it'
    throw new Error(`There is no ClickHouse to test with. ${ways}: ${PACKAGE}.`, { cause: error })
  } finally {
    await rm(unpacked, { recursive: true, force: true })
  }
}
