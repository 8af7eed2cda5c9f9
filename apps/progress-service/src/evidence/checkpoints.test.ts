import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { userErased } from '@aetherlearn/contracts/identity'
import type { SignedCheckpoint } from '@aetherlearn/contracts/progress/evidence'
import { CHECKPOINT_TYPE } from '@aetherlearn/contracts/progress/evidence'
import { hashOf } from '@aetherlearn/sdk/evidence-hash'
import { signatureFault } from '@aetherlearn/sdk/evidence-signature'
import { rootOf } from '@aetherlearn/sdk/evidence-tree'
import { verifyEvidence } from '@aetherlearn/sdk/evidence'
import { newId } from '@aetherlearn/testing/ids'
import { dyingAt } from '@aetherlearn/testing/mortal'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { Types } from 'mongoose'
import { openFixture } from '../fixture.ts'
import { createCheckpoints } from './checkpoints.ts'
import { happenings } from './learner.fixture.ts'
import { leafHash, treePath, treeRoot } from './tree.ts'

const mint = await createTokenMint()
const DAY_MS = 24 * 3600_000
const stores = await testStores()
const clock = { at: Date.parse('2026-05-02T14:00:00Z') }
const service = await openFixture(stores, mint.verifyToken, { now: () => clock.at })
const { evidence } = service
after(async () => {
  await service.close()
  await stores.close()
})

const aLearner = async (days = 2) => {
  const userId = newId()
  const told = happenings(service, userId)
  const place = { courseId: newId(), lectureId: newId() }
  for (let day = 1; day <= days; day += 1) await told.watched(`2026-05-0${day}`, place, day)
  return { userId, place, ...told }
}
const nextDay = async () => {
  clock.at += DAY_MS
  await evidence.round()
  return (await evidence.checkpointRows.latest())?.checkpoint ?? assert.fail('there is no checkpoint')
}
const all = async () => {
  const keys = await evidence.keys.publicKeys()
  const checkpoints = await evidence.checkpointRows.list(0, 100)
  let previous = '0'.repeat(64)
  for (const { checkpoint, signature } of checkpoints) {
    assert.equal(await signatureFault(checkpoint, signature, CHECKPOINT_TYPE, keys), undefined)
    assert.equal(checkpoint.previous, previous)
    previous = await hashOf(checkpoint)
  }
  return checkpoints
}
const verify = async (userId: string) => {
  const document = await evidence.reports.issue(userId, {})
  return verifyEvidence(document, { keys: await evidence.keys.publicKeys() })
}
const rows = (name: string) => service.mongo.collection(name)
const id = (hex: string) => new Types.ObjectId(hex)

test('a path of the tree leads to its root for every leaf of every size', async () => {
  for (const places of [1, 2, 3, 4, 5, 7, 8, 13, 64, 65]) {
    const heads = Array.from({ length: places }, (_, i) => ({
      place: i + 1,
      seq: i + 1,
      hash: 'ab'.repeat(32),
    }))
    const leaves = heads.map(leafHash)
    const root = treeRoot(leaves).toString('hex')
    for (const [i, head] of heads.entries()) {
      const path = treePath(leaves, i).map((hash) => hash.toString('hex'))
      const checkpoint = { places } as SignedCheckpoint['checkpoint']
      assert.equal(await rootOf({ ...head, path, checkpoint }), root)
      assert.notEqual(
        await rootOf({ ...head, place: (head.place % places) + 1 + places, path, checkpoint }),
        root,
      )
    }
    // Chunks of a power of two are whole subtrees.
    const chunks = Array.from({ length: Math.ceil(places / 4) }, (_, i) =>
      treeRoot(leaves.slice(i * 4, i * 4 + 4)),
    )
    assert.equal(treeRoot(chunks).toString('hex'), root)
  }
})

test('each day makes one checkpoint, whoever makes it, and each report stands on the last', async () => {
  const learners = [await aLearner(), await aLearner(1)]
  const first = await nextDay()
  assert.deepEqual([first.number, first.places, first.erased, first.broken], [1, 2, 0, []])
  await Promise.all([evidence.round(), evidence.round(), evidence.checkpoints.checkpointOnce()])
  assert.equal((await all()).length, 1)
  const second = await nextDay()
  assert.equal(second.number, 2)
  assert.equal((await all()).length, 2)
  for (const { userId } of learners)
    assert.deepEqual(await verify(userId), { valid: true, anchored: true, problems: [] })
})

test('makers of checkpoints that die at each step leave one chain of checkpoints', async () => {
  const { userId } = await aLearner()
  await nextDay()
  let lived = false
  for (let fatal = 1; !lived; fatal += 1) {
    clock.at += DAY_MS
    const death = dyingAt(fatal)
    const store = death.mortal(evidence.checkpointRows)
    const { chains, due, keys } = evidence
    const deps = { store, chains: death.mortal(chains), due: death.mortal(due), keys, now: service.now }
    await createCheckpoints({ ...deps, log: { warn: () => {} } })
      .checkpointOnce()
      .catch(() => undefined)
    await evidence.round()
    assert.deepEqual(await verify(userId), { valid: true, anchored: true, problems: [] })
    lived = death.lived()
  }
  const made = await all()
  assert.ok(made.length > 5)
  assert.ok(made.every(({ checkpoint }, i) => checkpoint.number === i + 1 && checkpoint.broken.length === 0))
})

test('of somebody who is erased an empty place is left, and checkpoints before and after it stay valid', async () => {
  const [ana, bob] = [await aLearner(), await aLearner()]
  await nextDay()
  const before = await all()
  const given = before.at(-1)?.checkpoint.places
  const report = await evidence.reports.issue(bob.userId, {})
  await service.hear(userErased, { userId: ana.userId, at: '2026-05-03T00:00:00Z' })
  const { places, erased, broken } = await nextDay()
  assert.deepEqual([places, erased, broken], [given, 1, []])
  assert.deepEqual((await all()).slice(0, -1), before)
  assert.deepEqual(await verify(bob.userId), { valid: true, anchored: true, problems: [] })
  const keys = await evidence.keys.publicKeys()
  const later = await evidence.reports.issue(bob.userId, {})
  assert.equal((await verifyEvidence(later, { keys, earlier: report })).valid, true)
  for (const name of ['evidence', 'evidenceHeads', 'evidenceTotals', 'evidenceDue'])
    assert.equal(
      await rows(name).countDocuments({ $or: [{ _id: id(ana.userId) }, { userId: id(ana.userId) }] }),
      0,
    )
  // What comes late of somebody who is gone begins no new chain.
  await ana.watched('2026-05-02', ana.place, 3, 700)
  assert.deepEqual(
    [(await nextDay()).places, (await evidence.reports.issue(ana.userId, {})).report.entries],
    [given, []],
  )
})

test('a chain that loses its tail, is made anew, or is taken away shows at the next checkpoint and in the report', async () => {
  const [whole, cut, remade, removed] = [
    await aLearner(),
    await aLearner(),
    await aLearner(),
    await aLearner(),
  ]
  await nextDay()
  const placeOf = async (userId: string) =>
    Number((await rows('evidenceHeads').findOne({ _id: id(userId) }))?.['place'])
  const expected = [await placeOf(cut.userId), await placeOf(remade.userId), await placeOf(removed.userId)]

  const [first] = await rows('evidence')
    .find({ userId: id(cut.userId) })
    .sort({ seq: 1 })
    .toArray()
  await rows('evidence').deleteOne({ userId: id(cut.userId), seq: 2 })
  await rows('evidenceHeads').updateOne({ _id: id(cut.userId) }, { $set: { seq: 1, hash: first?.['hash'] } })
  // More minutes on the last day, with a hash that fits.
  const forged = 'f'.repeat(64)
  const last = { userId: id(remade.userId), seq: 2 }
  await rows('evidence').updateOne(last, { $set: { hash: forged } })
  await rows('evidenceHeads').updateOne({ _id: id(remade.userId) }, { $set: { hash: forged } })
  await rows('evidenceHeads').deleteOne({ _id: id(removed.userId) })

  assert.deepEqual((await verify(cut.userId)).firstWrong, 2)
  assert.deepEqual((await verify(remade.userId)).firstWrong, 2)
  const { broken } = await nextDay()
  assert.deepEqual(
    broken,
    expected.toSorted((a, b) => a - b),
  )
  assert.deepEqual(await verify(whole.userId), { valid: true, anchored: true, problems: [] })
})

test('leaves that somebody changed are not what the next checkpoint compares with', async () => {
  const before = await nextDay()
  const change = { $set: { hashes: Buffer.alloc(32) } }
  await rows('evidenceLeaves').updateOne({ number: before.number }, change)
  assert.deepEqual((await nextDay()).broken.toSorted(), [1, ...before.broken])
})
