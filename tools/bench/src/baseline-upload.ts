import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FileStore } from '@tus/file-store'
import { Server } from '@tus/server'

// The baselines of upload.ts, a process each: `plain` pipes bodies into files, `synced` has them on the disk before it
// answers, as we do; `tus` is the tus project's own server. DELETE / throws away what was stored.
const [kind = '', folder = ''] = process.argv.slice(2)
await mkdir(folder, { recursive: true })

async function store(request: IncomingMessage) {
  const file = join(folder, randomUUID())
  await pipeline(request, createWriteStream(file))
  if (kind !== 'synced') return
  const handle = await open(file, 'r+')
  await handle.datasync()
  await handle.close()
}

async function clear() {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
}

const tus = new Server({ path: '/tus', datastore: new FileStore({ directory: folder }) })
const server = createServer((request, response) => {
  if (kind === 'tus' && request.method !== 'DELETE') return void tus.handle(request, response)
  const work = request.method === 'DELETE' ? clear() : store(request)
  work.then(
    () => response.end(),
    () => response.writeHead(500).end(),
  )
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  process.stdout.write(`http://127.0.0.1:${address.port}\n`)
})
process.once('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
