import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { promisify } from 'node:util'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import { isPublicAddress } from '@aetherlearn/service-kit/public-address'
import { newId } from '@aetherlearn/testing/ids'
import { makeClip, ownStoreOnly, programs } from '../fixture.ts'
import { VideoFault } from '../transcode/failure.ts'
import { ladderOf } from '../transcode/ladder.ts'
import { demuxers, probe } from '../transcode/probe.ts'
import { internet, type Internet } from './internet.ts'
import { fetchSource } from './source.ts'

const MIB = 1024 * 1024
const HOST = 'res.cloudinary.com'
const SAVING = '/q_auto,w_854,h_480/'
const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-video-test-'))
const objects = createDiskStore({ folder: join(folder, 'objects') })
const local = join(folder, 'source')

/** Stands in for the delivery network: by its name and a certificate of its own. */
const [key, cert] = await certificate()
type Answer = (request: IncomingMessage, response: ServerResponse) => void
let answer: Answer
let asked: { path: string; range: string | undefined; host: string | undefined }[] = []
const cdn = createServer({ key, cert }, (request, response) => {
  asked.push({ path: request.url ?? '', range: request.headers.range, host: request.headers.host })
  answer(request, response)
})
cdn.listen(0, '127.0.0.1')
await once(cdn, 'listening')
const { port } = cdn.address() as AddressInfo
beforeEach(() => {
  asked = []
})
after(async () => {
  cdn.closeAllConnections()
  cdn.close()
  await rm(folder, { recursive: true, force: true })
})

async function certificate() {
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`]
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await promisify(execFile)('openssl', [
    ...['req', '-x509', ...made, ...subject, '-keyout', keyFile, '-out', certFile],
  ])
  return [await readFile(keyFile, 'utf8'), await readFile(certFile, 'utf8')] as const
}

const trusting: Internet = {
  resolve: async () => ['127.0.0.1'],
  isReachable: (address) => address === '127.0.0.1',
  ...{ port, ca: cert, idleMs: 5000 },
}
type Ways = { net?: Internet; url?: string; maxBytes?: number; signal?: AbortSignal }
const VIDEO = `https://${HOST}/acme/video/upload/v1/a.mp4`
function fetched({ net = trusting, url = VIDEO, maxBytes = 100 * MIB, signal }: Ways = {}) {
  const source = { ...ownStoreOnly, hosts: [HOST], maxBytes, internet: net }
  const id = newId()
  const job = { lectureId: id, uploadId: id, instructorId: newId(), rawVideoUrl: url }
  return fetchSource({ objects, source }, job, local, signal ?? new AbortController().signal)
}
const failed = (work: Promise<unknown>) =>
  work.then(
    () => assert.fail('it came'),
    (error: unknown) => (error instanceof VideoFault ? error.code : String(error)),
  )
const videoLike = (size: number) =>
  Buffer.concat([Buffer.from('\0\0\0\x20ftypisom', 'latin1'), randomBytes(size - 12)])

/** Serves a file as a delivery network does; cuts the first answers after so many bytes. */
function serving(file: Buffer, { tag = '"one"', cuts = [] as number[] } = {}): Answer {
  return ({ headers }, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0)
    const goesOn = from > 0 && headers['if-range'] === tag
    const body = goesOn ? file.subarray(from) : file
    const range = goesOn ? { 'content-range': `bytes ${from}-${file.length - 1}/${file.length}` } : {}
    response.writeHead(goesOn ? 206 : 200, { etag: tag, 'content-length': body.length, ...range })
    const cut = cuts.shift()
    if (cut === undefined) return void response.end(body)
    response.write(body.subarray(0, cut), () => response.socket?.end())
  }
}
const status =
  (code: number, headers = {}): Answer =>
  (_, response) =>
    void response.writeHead(code, headers).end()

test('a video of the delivery network is asked for in its small form, and goes on where it was cut', async () => {
  const file = videoLike(6 * MIB)
  answer = serving(file, { cuts: [2 * MIB, MIB] })
  assert.deepEqual(await fetched(), { container: 'mp4', sizeBytes: file.length })
  assert.ok((await readFile(local)).equals(file))
  assert.deepEqual(
    new Set(asked.map(({ path, host }) => `${host}${path}`)),
    new Set([`${HOST}/acme/video/upload${SAVING}v1/a.mp4`]),
  )
  const [first, second = 0, third = 0, ...more] = asked.map(({ range }) => Number(range?.slice(6, -1) ?? 0))
  assert.deepEqual([first, more], [0, []])
  assert.ok(second > MIB && third > second, `${second}, ${third}`)
})

test('a file that became another one in the meantime is fetched anew, and never mixed with it', async () => {
  const [older, newer] = [videoLike(3 * MIB), videoLike(2 * MIB)]
  const before = serving(older, { cuts: [2 * MIB] })
  const later = serving(newer, { tag: '"two"' })
  answer = (request, response) => (asked.length === 1 ? before : later)(request, response)
  await fetched()
  assert.ok((await readFile(local)).equals(newer))
  const weak = serving(older, { tag: 'W/"one"', cuts: [2 * MIB] })
  answer = weak
  await fetched()
  assert.ok((await readFile(local)).equals(older))
})

test('a server in trouble is asked again, and one that says no is believed', async () => {
  const file = videoLike(1000)
  const troubles = [503, 429, 420, 423, 500]
  for (const code of troubles) {
    asked = []
    answer = (request, response) => (asked.length === 1 ? status(code) : serving(file))(request, response)
    await fetched()
    assert.equal(asked.length, 2, `${code}`)
  }
  answer = status(503)
  assert.match(await failed(fetched()), /^Error: The server of the source answered 503/)
  for (const code of [401, 403, 404, 410]) {
    answer = status(code)
    assert.equal(await failed(fetched()), 'SOURCE_GONE', `${code}`)
  }
})

test('a video that the network will not make smaller on request is fetched as it is', async () => {
  const file = videoLike(1000)
  answer = (request, response) =>
    (request.url?.includes(SAVING) ? status(400) : serving(file))(request, response)
  await fetched()
  assert.deepEqual(
    asked.map(({ path }) => path),
    [`/acme/video/upload${SAVING}v1/a.mp4`, '/acme/video/upload/v1/a.mp4'],
  )
})

test('a redirection stays on its host, and does not go on for ever', async () => {
  const file = videoLike(1000)
  const moved = (location: string) => status(302, { location })
  answer = (request, response) =>
    (asked.length === 1 ? moved('/acme/elsewhere') : serving(file))(request, response)
  await fetched()
  const targets = [
    'https://127.0.0.1/',
    `http://${HOST}/`,
    `https://${HOST}:${port}/`,
    'https://example.org/',
    '',
  ]
  for (const target of targets) {
    asked = []
    answer = moved(target === '' ? '/again' : target)
    assert.equal(await failed(fetched()), 'SOURCE_REFUSED', target)
    assert.equal(asked.length, target === '' ? 4 : 1)
  }
})

test('a name that leads to an address of our own network is not connected to, also the second time only', async () => {
  const file = videoLike(3 * MIB)
  answer = serving(file, { cuts: [2 * MIB] })
  const own = { ...trusting, isReachable: isPublicAddress }
  assert.match(await failed(fetched({ net: own })), /not a public address/)
  assert.equal(asked.length, 0)
  // A name whose second answer is another: the first address is what the first connection went to.
  let lookups = 0
  const rebinding: Internet = {
    ...trusting,
    resolve: async () => (lookups++ === 0 ? ['127.0.0.1'] : ['127.0.0.2']),
  }
  assert.match(await failed(fetched({ net: rebinding })), /127\.0\.0\.2, which is not a public address/)
  assert.equal(asked.length, 1)
  const mixed = { ...trusting, resolve: async () => ['127.0.0.1', '10.0.0.1'] }
  assert.match(await failed(fetched({ net: mixed })), /10\.0\.0\.1/)
  assert.equal(asked.length, 1)
})

test('addresses of machines, networks and clouds themselves are not public', () => {
  const own = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.0.1', '169.254.169.254', '172.31.0.1'],
    ...['192.168.1.1', '192.0.0.170', '198.18.0.1', '224.0.0.1', '255.255.255.255', '240.0.0.1'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1', '64:ff9b::7f00:1', 'fe80::1'],
    ...['fd00:ec2::254', 'fc00::1', 'ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::', '100::1'],
    ...['localhost', '', '127.1', '2130706433'],
  ]
  for (const address of own) assert.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '104.16.0.1', '172.32.0.1', '2606:4700::1', '2a00:1450::1']) {
    assert.equal(isPublicAddress(address), true, address)
  }
  assert.equal(internet.isReachable, isPublicAddress)
})

test('a server with the certificate of another, or of nobody, is not listened to', async () => {
  answer = serving(videoLike(1000))
  const { ca: _, ...withoutIt } = trusting
  assert.match(await failed(fetched({ net: withoutIt })), /self-signed/)
  const other = { ...ownStoreOnly, hosts: ['videos.example.org'], internet: trusting }
  const id = newId()
  const job = {
    lectureId: id,
    uploadId: id,
    instructorId: id,
    rawVideoUrl: 'https://videos.example.org/a.mp4',
  }
  const { signal } = new AbortController()
  assert.match(await failed(fetchSource({ objects, source: other }, job, local, signal)), /altname/i)
  assert.equal(asked.length, 0)
})

test('what is larger than the limit is refused, whether its server says so or not', async () => {
  const file = videoLike(2 * MIB)
  answer = serving(file)
  assert.equal(await failed(fetched({ maxBytes: MIB })), 'SOURCE_TOO_LARGE')
  answer = (_, response) => void response.writeHead(200, { 'transfer-encoding': 'chunked' }).end(file)
  assert.equal(await failed(fetched({ maxBytes: MIB })), 'SOURCE_TOO_LARGE')
  await fetched()
  assert.ok((await readFile(local)).equals(file))
})

test('a server that falls silent is given up, and a worker that is stopped leaves off', async () => {
  const file = videoLike(2000)
  answer = (_, response) =>
    void response.writeHead(200, { 'content-length': 2000 }).write(file.subarray(0, 1000))
  // Long enough to connect in, which a busy machine may take a quarter of a second for.
  assert.match(await failed(fetched({ net: { ...trusting, idleMs: 1000 } })), /Error/)
  assert.equal(asked.length, 5)
  const stop = new AbortController()
  asked = []
  answer = (_, response) => {
    response.writeHead(200, { 'content-length': 2000 }).write(file.subarray(0, 1000), () => stop.abort())
  }
  assert.match(await failed(fetched({ signal: stop.signal })), /Abort/)
  assert.equal(asked.length, 1)
})

test('of what the delivery network made small there are two rungs, and none is larger than that', async () => {
  const clip = join(folder, 'small.mp4')
  await makeClip(clip, { seconds: 1, size: '854x480' })
  answer = serving(await readFile(clip))
  const { container } = await fetched()
  const rungs = ladderOf(await probe(programs, local, demuxers[container]))
  assert.deepEqual(
    rungs.map(({ name }) => name),
    ['480p', '360p'],
  )
})
