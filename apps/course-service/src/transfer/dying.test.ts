import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Readable } from 'node:stream'
import { dyingAt } from '@aetherlearn/testing/mortal'
import { testObjectServer } from '@aetherlearn/testing/object-server'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture, videoBytes, type Fixture } from '../fixture.ts'
import { sweepUploads } from '../uploads/sweep.ts'
import { aManifest, videoOf, zipOf } from './archives.fixture.ts'
import { importCourse, sweepImports } from './import.ts'

const server = await testObjectServer()
const [stores, mint] = [await testStores(), await createTokenMint()]
const objects = await server.openStore()
const onDisk = await openFixture(stores, mint)
const onS3 = await openFixture(stores, mint, { objects })
after(async () => {
  await onDisk.close()
  await onS3.close()
  await stores.close()
  await server.close()
})

const [first, second] = [videoBytes(3000), videoBytes(2000)]
const videos = [videoOf(first), videoOf(second, { file: 'videos/1-2.mp4' })]
const archive = await zipOf({
  'videos/1-1.mp4': first,
  'videos/1-2.mp4': second,
  'manifest.json': JSON.stringify(aManifest(videos)),
})
const uploadLimits = { quotaBytes: 1e9, maxOpenUploads: 1000 }

/** The import's stores; its process dies at the call of this number. */
function dying({ stores: { imports, usage }, objects: store }: Fixture, fatal: number) {
  const keys = new Set<string>()
  const { mortal, lived } = dyingAt(fatal, (name, [key]) => name === 'put' && keys.add(String(key)))
  const deps = { imports: mortal(imports), usage: mortal(usage), objects: mortal(store) }
  return { deps: { ...deps, uploadLimits, importMaxBytes: 1e9, packageMaxBytes: 1e9 }, keys, lived }
}

// The steps are the same on both; on S3 each takes longer.
for (const [name, fixture, stride] of [
  ['disk', onDisk, 1],
  ['s3', onS3, 3],
] as const) {
  test(`${name}: whichever step of an import the process dies at, there is a whole course or nothing`, async () => {
    let [whole, none] = [0, 0]
    for (let fatal = 1, lived = false; !lived; fatal += stride) {
      assert.ok(fatal < 200)
      const person = await fixture.person('instructor')
      const mortals = dying(fixture, fatal)
      const body = Readable.from([archive], { objectMode: false })
      const { signal } = new AbortController()
      const caller = { id: person.id }
      const incoming = { caller, body, sizeBytes: archive.length, signal, traceId: 'a trace' }
      await importCourse(mortals.deps, incoming).catch(() => undefined)
      lived = mortals.lived()
      const swept = { ...fixture.stores, objects: fixture.objects }
      const later = new Date(Date.now() + 2 * 3600_000)
      await sweepImports(swept, later)
      await sweepUploads(swept, later)

      const courses = await person.courses.listTaught()
      const { usedBytes, openUploads } = await person.uploads.getUsage()
      assert.deepEqual([usedBytes, openUploads], [courses.length * 5000, 0], `step ${fatal}`)
      for (const key of mortals.keys) {
        const isKept = courses.length === 1 && key.startsWith('raw/')
        assert.equal((await fixture.objects.head(key)) !== undefined, isKept, `${key} at step ${fatal}`)
      }
      if (courses.length === 1) whole += 1
      else none += 1
    }
    assert.ok(whole > 0 && none > 0)
    assert.equal(await fixture.mongo.collection('imports').countDocuments(), 0)
  })
}
