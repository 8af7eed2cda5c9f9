import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from './client.ts'
import { uploadVideo } from './uploader.ts'

const lectureId = 'a'.repeat(24)
const uploadId = 'b'.repeat(24)
const CHUNK = 1000

type Trouble = 'cut the connection' | 'store, then cut the connection' | 503 | 413

/** A server that keeps chunks in memory; `trouble` says what happens to the next tries at a chunk. */
async function startServer(t: TestContext, size: number) {
  const chunks = new Map<number, Buffer>()
  const trouble = new Map<number, Trouble[]>()
  const seen = { puts: [] as number[], atOnce: 0, mostAtOnce: 0, completed: 0, forget: [] as number[] }
  const totalChunks = Math.ceil(size / CHUNK)
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const body = Buffer.concat(parts)
    const path = request.url ?? ''
    const reply = (value: object) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    const problem = (status: number, code: string) =>
      response
        .writeHead(status, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ type: 'about:blank', title: code, status, code, requestId: 'r' }))
    if (path.endsWith('/initialize')) return reply({ uploadId, chunkSize: CHUNK, totalChunks })
    if (request.method === 'GET') {
      const receivedChunks = [...chunks.keys()]
      return reply({ uploadId, lectureId, receivedChunks, chunkSize: CHUNK, totalChunks, state: 'OPEN' })
    }
    if (path.endsWith('/complete')) {
      for (const index of seen.forget.splice(0)) chunks.delete(index)
      if (chunks.size < totalChunks) return problem(409, 'UPLOAD_INCOMPLETE')
      seen.completed += 1
      return reply({ message: 'processing' })
    }
    const index = Number(path.split('/').at(-1))
    seen.puts.push(index)
    seen.atOnce += 1
    seen.mostAtOnce = Math.max(seen.mostAtOnce, seen.atOnce)
    await new Promise((resolve) => setImmediate(resolve))
    seen.atOnce -= 1
    const next = trouble.get(index)?.shift()
    if (next === 'cut the connection') return request.socket.destroy()
    if (typeof next === 'number') return problem(next, 'UNAVAILABLE')
    const sum = createHash('sha256').update(body).digest('hex')
    if (request.headers['x-checksum-sha256'] !== sum) return problem(400, 'CHECKSUM_MISMATCH')
    chunks.set(index, body)
    return next === undefined ? reply({ message: 'stored' }) : request.socket.destroy()
  }
  const server = createServer((request, response) => {
    // An aborted upload breaks off while its chunk is being read.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  t.after(() => server.closeAllConnections())
  const { port } = server.address() as AddressInfo
  const uploads = createClient(uploadApi, { origin: `http://127.0.0.1:${port}` })
  const stored = () =>
    Buffer.concat(Array.from({ length: totalChunks }, (_, i) => chunks.get(i) ?? Buffer.alloc(0)))
  return { uploads, chunks, trouble, seen, stored }
}

async function prepare(t: TestContext, size = 7 * CHUNK + 123) {
  const bytes = randomBytes(size)
  const source = { size, slice: (start: number, end: number) => new Uint8Array(bytes.subarray(start, end)) }
  const server = await startServer(t, size)
  const file = { uploads: server.uploads, lectureId, source, fileName: 'a.mp4', wait: async () => {} }
  return { ...server, bytes, file }
}

test('a video arrives whole, three chunks at a time, with its progress told', async (t) => {
  const { file, bytes, stored, seen } = await prepare(t)
  const progress: number[] = []
  await uploadVideo({ ...file, onProgress: ({ sentBytes }) => progress.push(sentBytes) })
  assert.deepEqual(stored(), bytes)
  assert.ok(seen.mostAtOnce <= 3)
  assert.equal(seen.completed, 1)
  assert.equal(progress[0], 0)
  assert.equal(progress.at(-1), bytes.length)
  assert.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  )
})

test('a Blob is taken as well', async (t) => {
  const { file, bytes, stored } = await prepare(t)
  await uploadVideo({ ...file, source: new Blob([bytes]) })
  assert.deepEqual(stored(), bytes)
})

test('cut connections and a server in trouble are outlasted', async (t) => {
  const { file, bytes, stored, trouble } = await prepare(t)
  trouble.set(1, ['cut the connection', 503, 'cut the connection'])
  trouble.set(7, [503, 503])
  await uploadVideo(file)
  assert.deepEqual(stored(), bytes)
})

test('a chunk whose answer was lost is not sent again', async (t) => {
  const { file, seen, trouble } = await prepare(t)
  trouble.set(2, ['store, then cut the connection'])
  await uploadVideo(file)
  assert.equal(seen.puts.filter((index) => index === 2).length, 1)
})

test('only what is missing is sent when an upload goes on', async (t) => {
  const { file, bytes, chunks, seen, stored } = await prepare(t)
  for (const index of [0, 3, 4]) chunks.set(index, bytes.subarray(index * CHUNK, (index + 1) * CHUNK))
  const progress: number[] = []
  await uploadVideo({ ...file, onProgress: ({ sentBytes }) => progress.push(sentBytes) })
  assert.deepEqual(seen.puts.toSorted(), [1, 2, 5, 6, 7])
  assert.equal(progress[0], 3 * CHUNK)
  assert.deepEqual(stored(), bytes)
})

test('chunks that the server lost before completing are sent again', async (t) => {
  const { file, bytes, seen, stored } = await prepare(t)
  seen.forget = [2, 5]
  await uploadVideo(file)
  assert.deepEqual(stored(), bytes)
  assert.equal(seen.completed, 1)
})

test('a refusal that will not pass ends the upload at once', async (t) => {
  const { file, seen, trouble } = await prepare(t)
  trouble.set(0, [413])
  await assert.rejects(uploadVideo(file), { status: 413 })
  assert.equal(seen.puts.filter((index) => index === 0).length, 1)
  assert.equal(seen.completed, 0)
})

test('an aborted upload stops, and goes on later where it was', async (t) => {
  const { file, bytes, seen, stored } = await prepare(t)
  const abort = new AbortController()
  const onProgress = ({ sentBytes }: { sentBytes: number }) => {
    if (sentBytes > 2 * CHUNK) abort.abort()
  }
  await assert.rejects(uploadVideo({ ...file, onProgress, signal: abort.signal }), { name: 'AbortError' })
  assert.ok(seen.puts.length < 8)
  await uploadVideo(file)
  assert.deepEqual(stored(), bytes)
})
