import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import type { ObjectStore, PartsRef } from './store.ts'

/** Smallest part that S3 takes, other than the last. */
const PART_BYTES = 5 * 1024 * 1024
const refusedKeys = [
  '',
  '/a',
  'a/',
  'a//b',
  '../a',
  'a/../b',
  './a',
  'a\0b',
  'a b',
  'ä',
  'a\\b',
  'a'.repeat(900),
]

const bytesOf = async (store: ObjectStore, key: string, range?: { start: number; end: number }) =>
  buffer(await store.read(key, range))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const absent = { code: 'MEDIA_NOT_FOUND' }

/** Registers the tests that every driver of the object store passes; `open` gives an empty or shared store. */
export function objectStoreSuite(driver: string, open: () => ObjectStore) {
  const folder = () => `suite/${randomBytes(6).toString('hex')}`
  wholeObjects(driver, open, folder)
  partedObjects(driver, open, folder)
}

type Open = () => ObjectStore
type Folder = () => string

function wholeObjects(driver: string, open: Open, folder: Folder) {
  test(`${driver}: what was put is read back, whole and by range`, async () => {
    const store = open()
    const key = `${folder()}/a.bin`
    const bytes = randomBytes(300_000)
    await store.put(key, Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]))
    assert.equal((await store.head(key))?.sizeBytes, 300_000)
    assert.deepEqual(await bytesOf(store, key), bytes)
    assert.deepEqual(await bytesOf(store, key, { start: 0, end: 0 }), bytes.subarray(0, 1))
    assert.deepEqual(
      await bytesOf(store, key, { start: 99_999, end: 100_001 }),
      bytes.subarray(99_999, 100_002),
    )
  })

  test(`${driver}: an entity tag stays while the object does, and changes with it`, async () => {
    const store = open()
    const key = `${folder()}/a.bin`
    await store.put(key, Buffer.from('one'))
    const first = await store.head(key)
    assert.match(first?.etag ?? '', /^"[^"]+"$/)
    assert.equal((await store.head(key))?.etag, first?.etag)
    await store.put(key, Buffer.from('two'))
    assert.notEqual((await store.head(key))?.etag, first?.etag)
    assert.equal(String(await bytesOf(store, key)), 'two')
  })

  test(`${driver}: a body that breaks off leaves no object, and an older one as it was`, async () => {
    const store = open()
    const [fresh, kept] = [`${folder()}/a.bin`, `${folder()}/b.bin`]
    await store.put(kept, Buffer.from('kept'))
    const broken = () =>
      Readable.from(
        (async function* () {
          yield randomBytes(70_000)
          throw new Error('connection lost')
        })(),
      )
    await assert.rejects(store.put(fresh, broken()), /connection lost/)
    await assert.rejects(store.put(kept, broken()), /connection lost/)
    assert.equal(await store.head(fresh), undefined)
    assert.equal(String(await bytesOf(store, kept)), 'kept')
  })

  test(`${driver}: what is not there has no head, cannot be read, and can be removed`, async () => {
    const store = open()
    const key = `${folder()}/a.bin`
    assert.equal(await store.head(key), undefined)
    await assert.rejects(store.read(key), absent)
    await store.remove(key)
    await store.removeFolder(folder())
  })

  test(`${driver}: removing a folder removes what is below it and nothing beside it`, async () => {
    const store = open()
    const name = folder()
    const inside = [`${name}/a.ts`, `${name}/deep/b.ts`]
    for (const key of [...inside, `${name}-2/c.ts`]) await store.put(key, Buffer.from(key))
    await store.removeFolder(name)
    for (const key of inside) assert.equal(await store.head(key), undefined)
    assert.notEqual(await store.head(`${name}-2/c.ts`), undefined)
    await store.remove(`${name}-2/c.ts`)
    assert.equal(await store.head(`${name}-2/c.ts`), undefined)
  })

  test(`${driver}: keys that could leave the store are refused`, async () => {
    const store = open()
    for (const key of refusedKeys) {
      await assert.rejects(async () => store.put(key, Buffer.from('x')), /Not a key/)
      await assert.rejects(async () => store.read(key), /Not a key/)
      await assert.rejects(async () => store.createParts(key, 1), /Not a key/)
    }
  })

  test(`${driver}: the store says that it can be used`, () => open().check())
}

function partedObjects(driver: string, open: Open, folder: Folder) {
  const parted = async (lastBytes = 1234) => {
    const store = open()
    const bytes = randomBytes(2 * PART_BYTES + lastBytes)
    const key = `${folder()}/raw`
    const ref = await store.createParts(key, bytes.length)
    const partOf = (index: number) => bytes.subarray(index * PART_BYTES, (index + 1) * PART_BYTES)
    const send = async (index: number, body = Readable.from([partOf(index)]), signal?: AbortSignal) => {
      const part = { index, offset: index * PART_BYTES, sizeBytes: partOf(index).length }
      return {
        index,
        sizeBytes: part.sizeBytes,
        ...(await store.putPart(ref, part, body, signal && { signal })),
      }
    }
    return { store, bytes, key, ref, partOf, send }
  }

  test(`${driver}: parts in any order, some sent twice, become one object; completing again is no error`, async () => {
    const { store, bytes, key, ref, send } = await parted()
    await send(1, Readable.from([randomBytes(PART_BYTES)]))
    const parts = [await send(2), await send(1), await send(0)]
    assert.equal(await store.head(key), undefined, 'nothing is visible before the end')
    await store.completeParts(ref, parts, bytes.length)
    await store.completeParts(ref, parts, bytes.length)
    assert.equal(sha256(await bytesOf(store, key)), sha256(bytes))
  })

  test(`${driver}: a missing part or a wrong size completes nothing, and the upload goes on`, async () => {
    const { store, bytes, key, ref, send } = await parted()
    const [first, last] = [await send(0), await send(2)]
    await assert.rejects(store.completeParts(ref, [first, last], bytes.length))
    const parts = [first, await send(1), last]
    await assert.rejects(store.completeParts(ref, parts, bytes.length + 1))
    assert.equal(await store.head(key), undefined)
    await store.completeParts(ref, parts, bytes.length)
    assert.equal(sha256(await bytesOf(store, key)), sha256(bytes))
  })

  test(`${driver}: a part that is too long, too short or breaks off is refused and harms no other part`, async () => {
    const { store, bytes, key, ref, partOf, send } = await parted()
    const parts = [await send(0), await send(1), await send(2)]
    await assert.rejects(send(0, Readable.from([partOf(0), randomBytes(100)])))
    await assert.rejects(send(0, Readable.from([partOf(0).subarray(1)])))
    parts[0] = await send(0)
    await store.completeParts(ref, parts, bytes.length)
    assert.equal(sha256(await bytesOf(store, key)), sha256(bytes))
  })

  test(`${driver}: an aborted part lets go at once, and another body may take its place`, async () => {
    const { store, bytes, key, ref, partOf, send } = await parted()
    const stalled = new Readable({ read: () => {} })
    stalled.push(randomBytes(100_000))
    const abort = new AbortController()
    const older = send(0, stalled, abort.signal)
    abort.abort()
    await assert.rejects(older, { name: 'AbortError' })
    const parts = [await send(0, Readable.from([partOf(0)])), await send(1), await send(2)]
    await store.completeParts(ref, parts, bytes.length)
    assert.equal(sha256(await bytesOf(store, key)), sha256(bytes))
  })

  test(`${driver}: an object of unknown size takes the size that its parts add up to`, async () => {
    const store = open()
    const ref: PartsRef = await store.createParts(`${folder()}/raw`, undefined)
    const [first, last] = [randomBytes(PART_BYTES), randomBytes(10)]
    const send = async (index: number, bytes: Buffer) => {
      const part = { index, offset: index * PART_BYTES, sizeBytes: bytes.length }
      return { ...part, ...(await store.putPart(ref, part, Readable.from([bytes]))) }
    }
    const parts = [await send(1, last), await send(0, first)]
    await store.completeParts(ref, parts, PART_BYTES + 10)
    assert.equal(sha256(await bytesOf(store, ref.key)), sha256(Buffer.concat([first, last])))
  })

  test(`${driver}: an aborted upload takes no more parts and leaves no object; aborting again is no error`, async () => {
    const { store, key, ref, send } = await parted()
    await send(0)
    await store.abortParts(ref)
    await store.abortParts(ref)
    await assert.rejects(send(1), { code: 'UPLOAD_NOT_OPEN' })
    assert.equal(await store.head(key), undefined)
  })

  test(`${driver}: a sweep ends forgotten uploads, and leaves those that are kept or young`, async () => {
    const [kept, forgotten] = [await parted(), await parted()]
    for (const { send } of [kept, forgotten]) await send(0)
    const isKept = async (partsId: string) => partsId !== forgotten.ref.partsId
    await kept.store.sweepParts(new Date(Date.now() - 60_000), isKept)
    const parts = [await kept.send(1), await kept.send(2)]
    await forgotten.send(1)
    assert.equal(await kept.store.sweepParts(new Date(Date.now() + 60_000), isKept), 1)
    await assert.rejects(forgotten.send(2), { code: 'UPLOAD_NOT_OPEN' })
    await kept.store.completeParts(kept.ref, [await kept.send(0), ...parts], kept.bytes.length)
    assert.equal(sha256(await bytesOf(kept.store, kept.key)), sha256(kept.bytes))
    assert.equal(await kept.store.sweepParts(new Date(Date.now() + 60_000), isKept), 0)
  })
}
