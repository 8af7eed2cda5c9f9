import assert from 'node:assert/strict'
import { createPublicKey, verify } from 'node:crypto'
import { test } from 'node:test'
import type { EvidenceEntry, SignedEvidence } from '@aetherlearn/contracts/progress/evidence'
import fc from 'fast-check'
import { canonicalJson } from './canonical-json.ts'
import { aChain, aKey, ALGEBRA, ANA, LATIN, signed } from './evidence.fixture.ts'
import { makeEntry } from './evidence-hash.ts'
import { totalsOf, verifyEvidence } from './evidence.ts'

const DAYS = 6
const ours = await aKey()
const chain = await aChain(DAYS)
const { keys } = ours
const whole = await signed(ours, chain)
const check = (document: unknown, earlier?: unknown) => verifyEvidence(document, { keys, earlier })
const copy = (): SignedEvidence => structuredClone(whole)
/** As somebody would who has the signing key, but not all reports that went out. */
const resigned = (entries: EvidenceEntry[], anchored?: number) => signed(ours, entries, {}, anchored)

/** Every place in a value at which there is a string or a number. */
function leavesOf(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path]
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]))
}
function changeAt(value: unknown, path: string[]) {
  const name = path.at(-1) ?? ''
  const holder = path
    .slice(0, -1)
    .reduce((one, step) => one[step] as Record<string, unknown>, value as Record<string, unknown>)
  const before = holder[name]
  if (typeof before === 'number') holder[name] = before + 1
  else if (typeof before === 'string') {
    const digit = before.at(-1) === '1' ? '2' : '1'
    holder[name] = before.slice(0, -1) + digit
  }
}

test('a report as it was signed is valid, and stands on a checkpoint', async () => {
  assert.deepEqual(await check(whole), { valid: true, anchored: true, problems: [] })
  // The last entry stands in place of the first.
  const [expected, days] = [[2, 3, 4, 5, 6, 7].reduce((sum, minutes) => sum + 3 * minutes, 0), DAYS]
  assert.deepEqual(whole.report.totals, { minutes: expected, lateMinutes: 0, completions: 12, days })
})

test('the signature is that of any JWS library over the canonical JSON', () => {
  const { protected: header, signature } = whole.signature
  const payload = Buffer.from(canonicalJson(whole.report)).toString('base64url')
  const [jwk = {}] = keys.keys
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  assert.ok(verify(null, Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url')))
  const said = JSON.parse(Buffer.from(header, 'base64url').toString()) as object
  assert.deepEqual(said, { alg: 'EdDSA', kid: 'key', typ: 'aetherlearn-evidence+jws' })
})

test('any one field of the document that is changed is noticed', async () => {
  const paths = leavesOf(whole)
  const field = fc.constantFrom(...paths)
  const noticed = async (path: string[]) => {
    const changed = copy()
    changeAt(changed, path)
    assert.equal((await check(changed)).valid, false, path.join('.'))
  }
  await fc.assert(fc.asyncProperty(field, noticed), { numRuns: 100 })
})

test('any one field of an entry that is changed is named by its entry, whoever signs the report anew', async () => {
  const fields = chain.flatMap((entry, i) => leavesOf(entry).map((path) => ({ i, path })))
  assert.ok(fields.length > 100)
  for (const { i, path } of fields) {
    const entries = structuredClone(chain)
    changeAt(entries[i], path)
    const { valid, firstWrong } = await check(await resigned(entries))
    assert.deepEqual([valid, firstWrong], [false, i + 1], `${i + 1} ${path.join('.')}`)
  }
})

test('entries that are dropped, doubled or put in another order are named by the first', async () => {
  const place = fc.integer({ min: 0, max: DAYS })
  const drop = (i: number) => chain.toSpliced(i, 1)
  const double = (i: number) => chain.toSpliced(i, 0, ...chain.slice(i, i + 1))
  const swap = (i: number, j: number) =>
    chain.map((entry, at) => (at === i ? chain[j] : at === j ? chain[i] : entry) ?? entry)
  await fc.assert(
    fc.asyncProperty(place, place, async (i, j) => {
      // What is cut off at the end shows by the checkpoint.
      assert.equal(
        (await check(await resigned(drop(i), Math.min(i + 1, DAYS)))).firstWrong,
        i < DAYS ? i + 1 : undefined,
      )
      assert.equal((await check(await resigned(double(i)))).firstWrong, i + 2)
      if (i !== j) assert.equal((await check(await resigned(swap(i, j)))).firstWrong, Math.min(i, j) + 1)
    }),
    { numRuns: 40 },
  )
})

test('a chain that was cut off behind a checkpoint, or made anew from some entry on, is not that of the checkpoint', async () => {
  const { anchor = assert.fail() } = whole.report
  const cut = await signed(ours, chain.slice(0, 4), { anchor })
  assert.deepEqual((await check(cut)).firstWrong, 5)
  const forged = structuredClone(chain)
  for (const [i, { content, parts }] of chain.entries()) {
    if (i < 3 || content === undefined || parts === undefined) continue
    const more = parts.map((part) => ({ ...part, minutes: part.minutes + 60 }))
    forged[i] = await makeEntry(i + 1, forged[i - 1]?.hash ?? '', { ...content, parts: more })
  }
  assert.equal((await check(await signed(ours, forged, { anchor }))).valid, false)
  // Nobody had asked for a checkpoint yet: an older report is a witness as well.
  const remade = await resigned(forged)
  assert.equal((await check(remade)).valid, true)
  assert.equal((await check(remade, whole)).firstWrong, 4)
  assert.equal((await check(await resigned(chain.slice(0, 3)), whole)).firstWrong, 4)
})

test('an earlier report is still there in a longer one; that of somebody else, or a broken one, is no witness', async () => {
  const earlier = await resigned(chain.slice(0, 3))
  assert.equal((await check(whole, earlier)).valid, true)
  assert.equal((await check(whole, { ...earlier, signature: whole.signature })).valid, false)
  const bob = await signed(ours, [], { userId: 'b'.repeat(24), anchor: undefined as never })
  delete bob.report.anchor
  assert.equal((await check(whole, bob)).valid, false)
})

test('what was signed with another key, or as something else, is not ours', async () => {
  const theirs = await aKey()
  assert.equal((await check(await signed(theirs, chain))).valid, false)
  const spare = structuredClone(whole)
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const { signature } = spare.signature
  spare.signature.signature = signature.slice(0, -1) + last.charAt(last.indexOf(signature.slice(-1)) + 1)
  assert.equal((await check(spare)).valid, false)
  const { anchor = assert.fail() } = whole.report
  const passedOff = { ...whole, signature: anchor.signature }
  assert.equal((await check(passedOff)).valid, false)
  const unsigned = Buffer.from('{"alg":"none","kid":"key","typ":"aetherlearn-evidence+jws"}').toString(
    'base64url',
  )
  const none = { ...whole, signature: { protected: unsigned, signature: 'AA' } }
  assert.equal((await check(none)).valid, false)
})

test('a report of one course tells nothing of the others, and is as sure', async () => {
  const entries = chain.map(({ parts = [], ...entry }) => ({
    ...entry,
    parts: parts.filter(({ courseId }) => courseId === LATIN),
  }))
  const ofLatin = await signed(ours, entries, { scope: { courseId: LATIN }, titles: {} })
  assert.equal((await check(ofLatin)).valid, true)
  assert.ok(!JSON.stringify(ofLatin).includes(ALGEBRA))
  // Of the others there are 128 random bits in each hash.
  assert.equal((await check(await signed(ours, entries))).valid, false)
  const shortened = entries.map((entry, i) =>
    i === 2 ? { ...entry, content: undefined, parts: undefined } : entry,
  )
  const hidden = JSON.parse(JSON.stringify(shortened)) as EvidenceEntry[]
  const scope = { from: '2026-05-01', courseId: LATIN }
  const ofSome = await signed(ours, hidden, { scope, totals: totalsOf(hidden) })
  assert.equal((await check(ofSome)).valid, true)
})

test('whatever is brought for a report, it is answered', async () => {
  for (const document of [null, 'report', {}, { report: {} }, [whole], { ...whole, more: 1 }])
    assert.deepEqual(await check(document), {
      valid: false,
      anchored: false,
      problems: [{ message: 'This is no report of learning time' }],
    })
  await fc.assert(
    fc.asyncProperty(fc.anything(), async (document) => assert.equal((await check(document)).valid, false)),
    { numRuns: 100 },
  )
  assert.equal(whole.report.userId, ANA)
})
