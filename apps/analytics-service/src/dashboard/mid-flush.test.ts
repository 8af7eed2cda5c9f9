import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'
import type { Batches } from '../flush/batches.ts'
import { createFlusher } from '../flush/flusher.ts'
import { bucketOf } from '../keys.ts'
import { createReader, type ReaderDeps } from './reader.ts'
import { mergeCounts } from './rules.ts'

const stores = await testStores()
const { verifyToken } = await createTokenMint()
const service = await openFixture(stores, verifyToken)
const { batches, counters, live, sketches, analytics, flusher } = service
after(async () => {
  await service.close()
  await stores.close()
})

async function countViews(courseId: string, times: number) {
  await Promise.all(Array.from({ length: times }, () => counters.countView(courseId)))
}

/** Reads the numbers of a course with a whole flush between the two databases; the truth is 5 views. */
async function readAroundFlush(wrong: { live?: (read: ReaderDeps['live']) => ReaderDeps['live'] } = {}) {
  const courseId = newId()
  await countViews(courseId, 5)
  const read = async (id: string) => {
    await flusher.flushOnce()
    return analytics.read(id)
  }
  const readNumbers = createReader({ live: wrong.live?.(live) ?? live, sketches, analytics: { read } })
  return (await readNumbers(courseId, [])).counts.views
}

test('a batch that moves to MongoDB while a dashboard is read is counted once', async () => {
  assert.equal(await readAroundFlush(), 5)
})

test('mutant: with an id that is given only when the batch is claimed, it is counted twice', async () => {
  const idAtClaim = (reader: ReaderDeps['live']): ReaderDeps['live'] => ({
    ...reader,
    read: async (...course) => {
      const counted = await reader.read(...course)
      // What is live has no id yet.
      return { ...counted, parts: counted.parts.map((part) => ({ ...part, id: '' })) }
    },
  })
  assert.equal(await readAroundFlush({ live: idAtClaim }), 10)
})

test('mutant: read from MongoDB first, the batch is in neither', async () => {
  const courseId = newId()
  await countViews(courseId, 5)
  const stored = await analytics.read(courseId)
  await flusher.flushOnce()
  const { parts } = await live.read(courseId, [])
  assert.equal(mergeCounts(parts, stored, []).views, 0)
})

test('under many flushers that die, dashboards never show too much or less than before, and in the end the truth', async (t) => {
  const courseId = newId()
  const numbers = () => service.readNumbers(courseId, [])
  const unsteady =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (Math.random() < 0.05) throw new Error('died before')
      const result = await work(...args)
      if (Math.random() < 0.05) throw new Error('died after')
      return result
    }
  let sent = 0
  let running = true
  let [deaths, flushes, reads, shown] = [0, 0, 0, 0]
  // One bucket, so that it is flushed as often as can be.
  const own = bucketOf(courseId)
  const claim: Batches['claim'] = async (bucket) => (bucket === own ? batches.claim(bucket) : undefined)
  const flush = async () => {
    const { flushOnce } = createFlusher({
      batches: { ...batches, claim, drop: unsteady(batches.drop) },
      sketches,
      analytics: { apply: unsteady(analytics.apply) },
    })
    while (running) {
      flushes += await flushOnce().catch(() => {
        deaths += 1
        return 0
      })
      await pause(10)
    }
  }
  const poll = async () => {
    while (running) {
      const { counts } = await numbers()
      assert.ok(counts.views >= shown && counts.views <= sent, `${shown} <= ${counts.views} <= ${sent}`)
      shown = counts.views
      reads += 1
    }
  }
  const work = [flush(), flush(), flush(), poll()]
  for (let i = 0; i < 250; i += 1) {
    sent += 10
    await countViews(courseId, 10)
    await pause(4)
  }
  running = false
  await Promise.all(work)
  assert.equal((await numbers()).counts.views, 2500)
  await flusher.flushOnce()
  assert.equal((await analytics.read(courseId)).views, 2500)
  t.diagnostic(`${reads} reads, ${flushes} flushes, ${deaths} deaths`)
})
