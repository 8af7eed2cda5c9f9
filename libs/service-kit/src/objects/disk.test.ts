import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createDiskStore } from './disk.ts'
import { objectStoreSuite } from './suite.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-objects-'))
after(() => rm(folder, { recursive: true, force: true }))

objectStoreSuite('disk', () => createDiskStore({ folder }))

test('disk: a body that breaks off leaves no file behind', async () => {
  const store = createDiskStore({ folder: join(folder, 'own') })
  const { Readable } = await import('node:stream')
  const broken = Readable.from(
    (async function* () {
      yield Buffer.alloc(10)
      throw new Error('connection lost')
    })(),
  )
  await assert.rejects(store.put('a/b', broken), /connection lost/)
  assert.deepEqual(await readdir(join(folder, 'own/staging')), [])
})

test('disk: what killed puts left is swept after a day, a put under way is not', async () => {
  const store = createDiskStore({ folder: join(folder, 'killed') })
  const staging = join(folder, 'killed/staging')
  for (const name of ['old.tmp', 'young.tmp', 'of-somebody-else']) await writeFile(join(staging, name), 'x')
  const day = 24 * 3600 * 1000
  for (const name of ['old.tmp', 'of-somebody-else']) {
    await utimes(join(staging, name), new Date(), new Date(Date.now() - day - 1000))
  }
  assert.equal(await store.sweepParts(new Date(Date.now() - day), async () => true), 1)
  assert.deepEqual((await readdir(staging)).sort(), ['of-somebody-else', 'young.tmp'])
})
