import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { courseApi } from '@aetherlearn/contracts/course'
import { MIN_CHUNK_BYTES, uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, octets, videoBytes } from '../fixture.ts'
import { startInstance } from '../instance.ts'

const run = promisify(execFile)
const mayMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
const skip = mayMount ? false : 'needs the right to mount a tmpfs'
const stores = await testStores()
const mint = await createTokenMint()
const keys = await mint.startKeyServer()
const id = newId()
const token = await mint.tokenFor({ id, role: 'instructor' })
after(async () => {
  await keys.stop()
  await stores.close()
})
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function serviceOn(folder: string) {
  const instance = await startInstance(stores, { identityUrl: keys.url, folder })
  const options = { origin: instance.origin, token: () => token }
  const courses = createClient(courseApi, options)
  return { ...instance, person: { id, token, courses, uploads: createClient(uploadApi, options) } }
}
type Service = Awaited<ReturnType<typeof serviceOn>>

async function begin({ person }: Service, size: number) {
  const { courseId, lectureIds } = await draftOf(person)
  const [lectureId = ''] = lectureIds
  const { uploadId } = await person.uploads.initializeUpload({ body: { lectureId, size } })
  const put = (index: number, raw: Uint8Array<ArrayBuffer>) =>
    person.uploads.putChunk({ params: { uploadId, index }, raw, headers: octets })
  const received = async () => (await person.uploads.getUpload({ params: { uploadId } })).receivedChunks
  return { courseId, lectureId, uploadId, put, received }
}

test('eight uploads at once make the service larger by less than 64 MiB', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-course-memory-'))
  const service = await serviceOn(folder)
  t.after(async () => {
    await service.end('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })
  const chunk = new Uint8Array(videoBytes(MIN_CHUNK_BYTES))
  const send = async (chunks: number) => {
    const { put } = await begin(service, chunks * chunk.length)
    for (let index = 0; index < chunks; index += 1) await put(index, chunk)
  }
  const residentMib = async () => {
    const status = await readFile(`/proc/${service.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024
  }
  await Promise.all(Array.from({ length: 8 }, () => send(2)))
  const before = await residentMib()
  let most = before
  let running = true
  const watch = async () => {
    for (; running; await new Promise(setImmediate)) most = Math.max(most, await residentMib())
  }
  const watching = watch()
  await Promise.all(Array.from({ length: 8 }, () => send(16)))
  running = false
  await watching
  assert.ok(most - before < 64, `${before} MiB, then ${most} MiB`)
})

test(
  'a full disk refuses the chunk and nothing else, and the upload goes on when there is room',
  { skip },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-course-full-'))
    await run('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder])
    t.after(async () => {
      await run('umount', ['-l', folder])
      await rm(folder, { recursive: true, force: true })
    })
    const service = await serviceOn(folder)
    t.after(() => service.end('SIGKILL'))
    const file = videoBytes(8 * MIN_CHUNK_BYTES)
    const ballast = join(folder, 'ballast')
    await writeFile(ballast, randomBytes(38 * 1024 * 1024))
    const { courseId, lectureId, uploadId, put, received } = await begin(service, file.length)
    const stored: number[] = []
    const full: number[] = []
    for (let index = 0; index < 8; index += 1) {
      const answer = put(index, chunkOf(file, index))
      const isStored = await answer.then(
        () => true,
        () => false,
      )
      if (!isStored) {
        const problem = await refusal(answer)
        assert.deepEqual([problem.status, problem.code], [507, 'STORAGE_FULL'])
      }
      ;(isStored ? stored : full).push(index)
    }
    assert.ok(stored.length > 0 && full.length > 0)
    assert.deepEqual(await received(), stored)
    assert.equal((await service.person.courses.getCourse({ params: { courseId } }))._id, courseId)

    await rm(ballast)
    for (const index of full) await put(index, chunkOf(file, index))
    await service.person.uploads.completeUpload({ body: { uploadId, lectureId, totalChunks: 8 } })
    assert.equal(sha256(await readFile(join(folder, 'objects/raw', uploadId))), sha256(file))
  },
)
