import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { courseApi } from '@aetherlearn/contracts/course'
import { userRegistered } from '@aetherlearn/contracts/identity'
import { mediaReady } from '@aetherlearn/contracts/media'
import type { EventType, Payload, Role } from '@aetherlearn/contracts/shape'
import { MIN_CHUNK_BYTES, uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import { heardModel } from '@aetherlearn/service-kit/listener'
import { createLive } from '@aetherlearn/service-kit/live'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createDiskStore } from '@aetherlearn/service-kit/objects/disk'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { createOutbox, outboxModel } from '@aetherlearn/service-kit/outbox'
import { connectRedis, patientRedis, type RedisOptions } from '@aetherlearn/service-kit/redis'
import { pino } from 'pino'
import { buildApp } from './app.ts'
import { openCatalogue } from './catalogue/catalogue.ts'
import { heardEvents } from './events.ts'
import { openStores } from './stores.ts'
import type { UploadLimits } from './uploads/usage-store.ts'

/** What `libs/testing` gives; running code may not name it. */
type TestStores = {
  connectMongo(): Promise<MongoConnection>
  prepare(mongo: MongoConnection): Promise<void>
  redisUrl: string
  database: string
}
type TokenMint = {
  verifyToken: VerifyToken
  tokenFor(caller: { id?: string; role: Role }): Promise<string>
}
export type Fixture = Awaited<ReturnType<typeof openFixture>>
export type Person = Awaited<ReturnType<Fixture['person']>>

/** Generous: a test of the limits sets its own. */
const uploadLimits = { quotaBytes: 200 * 1024 ** 3, maxOpenUploads: 1000 }

const newId = () => randomBytes(12).toString('hex')
export const mediaSecret = 'a secret of the tests, 32 characters'

const NEVER_MS = 3600_000
/** `objects`: left out, those of a folder of this fixture’s own, or of the one whose `folder` it shares. */
type Options = {
  reviewRequired?: boolean
  followMs?: number
  /** How the catalogue asks its cache. */
  cache?: RedisOptions
  /** The clock by which answers of the catalogue grow old. */
  cacheClock?: () => number
  objects?: ObjectStore
  folder?: string
  limits?: UploadLimits
  importMaxBytes?: number
  packageMaxBytes?: number
  edgeAsks?: boolean
}

/** For tests: the whole service on real stores, listening on a port of its own. */
export async function openFixture(stores: TestStores, mint: TokenMint, options: Options = {}) {
  const { reviewRequired = false, followMs = NEVER_MS, limits = uploadLimits } = options
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'aetherlearn-course-test-')))
  const objects = options.objects ?? createDiskStore({ folder })
  const mongo = await stores.connectMongo()
  const outbox = createOutbox(mongo)
  const rows = outboxModel(mongo)
  const all = openStores(mongo, outbox)
  heardModel(mongo)
  await stores.prepare(mongo)
  const cache = await connectRedis(stores.redisUrl, options.cache)
  const subscriber = patientRedis(stores.redisUrl)
  const log = pino({ level: 'silent' })
  // Test files share a server; MongoDB is asked for nothing that no test asked for.
  const shared = { redis: cache, subscriber, prefix: `${stores.database}:` }
  // A search waits for what its own process changed, and not by the clock of a machine that may be busy.
  const clients = { ...shared, followMs, ownChangeMs: NEVER_MS, now: options.cacheClock ?? Date.now }
  const catalogue = await openCatalogue({ store: all.catalogue, snapshots: all.snapshots, ...clients, log })
  const said: string[] = []
  const live = createLive({
    publish: async (_channel: unknown, text: unknown) => said.push(String(text)),
  })
  const { importMaxBytes = 1024 ** 3, packageMaxBytes = 1024 ** 3, edgeAsks = false } = options
  const upload = { uploadDays: 7, uploadLimits: limits, importMaxBytes, packageMaxBytes }
  const settings = { mediaSecret, grantSeconds: 600, ...upload, reviewRequired, edgeAsks, live }
  const app = await buildApp({ stores: all, catalogue, objects, verifyToken: mint.verifyToken, ...settings })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })

  /** A signed-in person with clients of their own. */
  async function person(role: Role, id = newId()) {
    const token = await mint.tokenFor({ id, role })
    const options = { origin, token: () => token }
    return { id, token, courses: createClient(courseApi, options), uploads: createClient(uploadApi, options) }
  }

  /** A person whom the service has heard of, too. */
  async function knownPerson(role: Role) {
    const made = await person(role)
    const fact = { userId: made.id, email: `${made.id}@school.test`, fullName: `Person ${made.id}`, role }
    await hear(userRegistered, { ...fact, at: new Date().toISOString() })
    return { ...made, ...fact }
  }
  /** As the listener does, without a queue in between. */
  async function hear<E extends EventType>(type: E, payload: Payload<E>) {
    const events = heardEvents(all, live, catalogue, settings.grantSeconds)
    const handler = events.find((event) => event.type === type)
    const after = await transaction(mongo, async (session) => handler?.handle(payload, session, ''))
    await after?.()
  }
  /** What the outbox holds about a course, lecture or upload, oldest first. */
  const left = async (name: string, field: string, id: string) =>
    (
      await rows
        .find({ name, [`payload.${field}`]: id })
        .sort({ _id: 1 })
        .lean()
    ).map((row) => row.payload)

  const close = async () => {
    await app.close()
    await catalogue.close()
    for (const redis of [cache, subscriber]) redis.disconnect()
    if (options.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
  return {
    app,
    origin,
    mongo,
    cache,
    catalogue,
    objects,
    folder,
    stores: all,
    live,
    person,
    knownPerson,
    hear,
    left,
    said,
    close,
  }
}

/**
 * A draft with one section and its lectures, by the routes. A new one where the service has no time for a call: on a busy
 * machine it answers 503, and what it did then nobody knows.
 */
export const draftOf = (instructor: Person, titles = ['Sets']) => retry(() => newDraft(instructor, titles))

async function newDraft({ courses }: Person, titles: string[]) {
  const course = await courses.createCourse({ body: { title: 'Algebra', category: 'Mathematics' } })
  const params = { courseId: course._id }
  const section = await courses.addSection({ params, body: { sectionTitle: 'One' } })
  const lectures = []
  for (const lectureTitle of titles) {
    lectures.push(await courses.addLecture({ params: { sectionId: section._id }, body: { lectureTitle } }))
  }
  return { courseId: course._id, sectionId: section._id, lectureIds: lectures.map(({ _id }) => _id) }
}

/** Begins as an MP4 does; the rest is noise. */
export function videoBytes(sizeBytes: number): Buffer {
  const bytes = randomBytes(sizeBytes)
  bytes.write('\0\0\0\x20ftypisom', 0, 'latin1')
  return bytes
}

export const chunkOf = (bytes: Buffer, index: number) =>
  new Uint8Array(bytes.subarray(index * MIN_CHUNK_BYTES, (index + 1) * MIN_CHUNK_BYTES))

export const octets = { 'content-type': 'application/octet-stream' }

/** Uploads a tiny video for a lecture and completes it; what a busy machine refuses is asked for again, as clients do. */
export async function uploadTiny({ uploads }: Person, lectureId: string, bytes = videoBytes(1000)) {
  const begin = { body: { lectureId, size: bytes.length } }
  const { uploadId } = await retry(() => uploads.initializeUpload(begin))
  const chunk = { params: { uploadId, index: 0 }, raw: new Uint8Array(bytes), headers: octets }
  await retry(() => uploads.putChunk(chunk))
  await retry(() => uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 1 } }))
  return uploadId
}

/** Brings a lecture to READY as the worker's event would, with files in the object store. */
export async function makeReady(fixture: Fixture, instructor: Person, lectureId: string) {
  const uploadId = await uploadTiny(instructor, lectureId)
  const folder = `media/${lectureId}/${uploadId}/1`
  await fixture.objects.put(`${folder}/master.m3u8`, Buffer.from('#EXTM3U\n'))
  await fixture.objects.put(`${folder}/720p/segment-0001.m4s`, Buffer.from('0123456789'))
  await fixture.hear(mediaReady, {
    lectureId,
    uploadId,
    instructorId: instructor.id,
    folder,
    hls: 'master.m3u8',
    video: 'video.mp4',
    poster: 'poster.jpg',
    storyboard: 'storyboard.vtt',
    durationSeconds: 60,
    width: 1280,
    height: 720,
  })
  return { uploadId, folder }
}
