import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
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
