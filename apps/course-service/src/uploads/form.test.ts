import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { MIN_CHUNK_BYTES } from '@aetherlearn/contracts/upload'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { chunkOf, draftOf, openFixture, videoBytes } from '../fixture.ts'

/** Temporary files of this process alone: another one may take a chunk at the same moment. */
const temporary = await mkdtemp(join(tmpdir(), 'aetherlearn-form-test-'))
process.env['TMPDIR'] = temporary
const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
  await rm(temporary, { recursive: true, force: true })
})
const instructor = await fixture.person('instructor')

const file = videoBytes(MIN_CHUNK_BYTES + 500)

async function begin(body: object = { size: file.length }) {
  const { lectureIds } = await draftOf(instructor)
  const [lectureId = ''] = lectureIds
  return instructor.uploads.initializeUpload({ body: { lectureId, ...body } })
}
const received = async (uploadId: string) =>
  (await instructor.uploads.getUpload({ params: { uploadId } })).receivedChunks

type Field = [name: string, value: string | Blob]
function formOf(fields: Field[]) {
  const form = new FormData()
  for (const [name, value] of fields) {
    if (typeof value === 'string') form.append(name, value)
    else form.append(name, value, 'blob')
  }
  return form
}
async function send(
  body: RequestInit['body'],
  headers: Record<string, string> = {},
  token = instructor.token,
) {
  const response = await fetch(`${fixture.origin}/api/v1/course/upload/chunk`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(body === undefined ? {} : { body }),
  })
  const answer = (await response.json()) as { code?: string; errors?: { field: string }[]; message?: string }
  return { status: response.status, ...answer, fields: answer.errors?.map(({ field }) => field) }
}
const bytes = (index: number) => new Blob([chunkOf(file, index)])

test('a chunk form is taken whatever the order of its fields', async () => {
  const { uploadId } = await begin()
  const last = await send(
    formOf([
      ['file', bytes(1)],
      ['index', '1'],
      ['uploadId', uploadId],
    ]),
  )
  assert.deepEqual([last.status, last.message], [200, 'chunk received'])
  assert.equal(
    (
      await send(
        formOf([
          ['uploadId', uploadId],
          ['file', bytes(0)],
          ['index', '0'],
        ]),
      )
    ).status,
    200,
  )
  assert.equal(
    (
      await send(
        formOf([
          ['index', '0'],
          ['uploadId', uploadId],
          ['file', bytes(0)],
        ]),
      )
    ).status,
    200,
  )
  assert.deepEqual(await received(uploadId), [0, 1])
})

test('an upload of unknown size takes forms too', async () => {
  const { uploadId } = await begin({})
  assert.equal(
    (
      await send(
        formOf([
          ['uploadId', uploadId],
          ['index', '1'],
          ['file', bytes(1)],
        ]),
      )
    ).status,
    200,
  )
  assert.deepEqual(await received(uploadId), [1])
})

test('missing, unknown and wrong fields are named, and no chunk is counted', async () => {
  const { uploadId } = await begin()
  const id: Field = ['uploadId', uploadId]
  const fields = async (...all: Field[]) => {
    const answer = await send(formOf(all))
    assert.equal(answer.status, 400)
    return answer.fields
  }
  assert.deepEqual(await fields(id, ['index', '0']), ['body.file'])
  assert.deepEqual(await fields(['index', '0'], ['file', bytes(0)]), ['body.uploadId'])
  assert.deepEqual(await fields(id, ['file', bytes(0)]), ['body.index'])
  assert.deepEqual(await fields(id, ['index', '0'], ['file', bytes(0)], ['path', '/etc']), ['body.path'])
  assert.deepEqual(await fields(id, ['index', '0'], ['video', bytes(0)]), ['body.video'])
  assert.deepEqual(await fields(id, ['index', '-1'], ['file', bytes(0)]), ['body.index'])
  assert.deepEqual(await fields(id, ['index', '1.5'], ['file', bytes(0)]), ['body.index'])
  assert.deepEqual(await fields(id, ['index', '2'], ['file', bytes(0)]), ['body.index'])
  assert.deepEqual(await fields(['uploadId', '../..'], ['index', '0'], ['file', bytes(0)]), ['body.uploadId'])
  const short = new Blob([chunkOf(file, 0).slice(0, 500)])
  assert.deepEqual(await fields(id, ['index', '0'], ['file', short]), ['chunks.0'])
  assert.equal((await fields(id, ['index', '0'], ['__proto__', 'x'], ['file', bytes(0)]))?.length, 1)
  assert.deepEqual(await received(uploadId), [])
  assert.equal(Object.hasOwn(Object.prototype, 'x'), false)
})

test('a form that is cut off, has no boundary, or is no form at all is refused', async () => {
  const type = 'multipart/form-data; boundary=b'
  const cut = '--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\nabc'
  assert.equal((await send(cut, { 'content-type': type })).status, 400)
  assert.equal((await send('nothing of the kind', { 'content-type': type })).status, 400)
  assert.equal((await send(cut, { 'content-type': 'multipart/form-data' })).status, 400)
  assert.equal((await send('', { 'content-type': type })).status, 400)
  assert.equal((await send('{}', { 'content-type': 'application/json' })).status, 415)
})

test('a foreign upload is not found, whatever the form says', async () => {
  const { uploadId } = await begin()
  const other = await fixture.person('instructor')
  const form = formOf([
    ['uploadId', uploadId],
    ['index', '0'],
    ['file', bytes(0)],
  ])
  assert.equal((await send(form, {}, other.token)).code, 'UPLOAD_NOT_FOUND')
})

test('six forms for one chunk at once store it once, and no temporary file stays', async () => {
  const { uploadId } = await begin()
  const form = () =>
    formOf([
      ['uploadId', uploadId],
      ['index', '0'],
      ['file', bytes(0)],
    ])
  const answers = await Promise.all(Array.from({ length: 6 }, () => send(form())))
  for (const { status, code } of answers)
    assert.ok(status === 200 || code === 'CHUNK_CONFLICT', `${status} ${code}`)
  assert.ok(answers.some(({ status }) => status === 200))
  assert.deepEqual(await received(uploadId), [0])
  const left = (await readdir(temporary)).filter((name) => name.startsWith('aetherlearn-chunk-'))
  assert.deepEqual(left, [])
})

test('a checksum after the file is checked like one before it', async () => {
  const { uploadId } = await begin()
  const right = createHash('sha256').update(chunkOf(file, 1)).digest('hex')
  const send1 = (sha256: string) =>
    send(
      formOf([
        ['uploadId', uploadId],
        ['index', '1'],
        ['file', bytes(1)],
        ['sha256', sha256],
      ]),
    )
  assert.equal((await send1('0'.repeat(64))).code, 'CHECKSUM_MISMATCH')
  assert.deepEqual(await received(uploadId), [])
  assert.equal((await send1(right)).status, 200)
  assert.deepEqual(await received(uploadId), [1])
})

test('a form whose fields come first goes straight to the store, and counts only when it ended well', async () => {
  const { uploadId } = await begin()
  const head =
    `--b\r\ncontent-disposition: form-data; name="uploadId"\r\n\r\n${uploadId}\r\n` +
    '--b\r\ncontent-disposition: form-data; name="index"\r\n\r\n0\r\n' +
    '--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\n'
  const open = () => {
    const post = request(`${fixture.origin}/api/v1/course/upload/chunk`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${instructor.token}`,
        'content-type': 'multipart/form-data; boundary=b',
      },
    })
    post.write(head)
    return post
  }
  const upload = await fixture.stores.uploads.find(uploadId, instructor.id)
  const writing = { partsId: upload?.parts.partsId, index: 0, writer: { $exists: true } }
  const isWritten = () => fixture.mongo.models['UploadChunk']?.exists(writing)

  const cut = open()
  const failed = once(cut, 'error')
  cut.write(chunkOf(file, 0))
  while (!(await isWritten())) await pause(5)
  const spooled = (await readdir(temporary)).filter((name) => name.startsWith('aetherlearn-chunk-'))
  assert.deepEqual(spooled, [])
  cut.destroy(new Error('cable pulled'))
  await failed
  while (await isWritten()) await pause(5)
  assert.deepEqual(await received(uploadId), [])

  const whole = open()
  const answer = once(whole, 'response')
  whole.write(chunkOf(file, 0))
  whole.end('\r\n--b--\r\n')
  const [{ statusCode }] = await answer
  assert.equal(statusCode, 200)
  assert.deepEqual(await received(uploadId), [0])
})
