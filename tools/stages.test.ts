import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { runStages, runTests, type Counts, type Stage } from './stages.ts'

const folder = mkdtempSync(join(tmpdir(), 'aetherlearn-stages-'))
after(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, `import { test } from 'node:test'\n${text}\n`)
  return path
}
const limits = { timeoutMs: 10_000, fileLimitMs: 30_000, limitMs: 60_000 }
const count = (changed: Partial<typeof limits>, ...files: string[]) =>
  runTests({ files, concurrency: 1, output: 'ignore', ...limits, ...changed })

describe('counting tests', () => {
  const good = file('good.test.ts', `test('a', () => {})\ntest('b', () => {})`)

  test('adds up what passed and what failed over all files', async () => {
    const bad = file(
      'bad.test.ts',
      `test('c', () => {})\ntest('d', () => { throw new Error('broken on purpose') })`,
    )
    assert.deepEqual(await count({}, good, bad), { passed: 3, failed: 1 })
  })

  test('a file that breaks before its first test is a failure', async () => {
    const broken = file('broken.test.ts', `throw new Error('broken on purpose')`)
    assert.deepEqual(await count({}, good, broken), { passed: 2, failed: 1 })
  })

  test('a file without a test is a failure, although node:test lets it pass', async () => {
    const empty = file('empty.test.ts', `void test`)
    assert.deepEqual(await count({}, good, empty), { passed: 2, failed: 1 })
  })

  test('a test that does not end in time is a failure', async () => {
    const slow = file('slow.test.ts', `test('e', (_, done) => { void done })`)
    const counts = await count({ timeoutMs: 200 }, slow)
    assert.deepEqual(counts, { passed: 0, failed: 1 })
  })

  // The limit is that of the sound file, too: a busy machine needs a second or two to start it.
  test('a file that does not end after its tests is a failure of its own, and the others run', async () => {
    const open = file('open.test.ts', `setInterval(() => {}, 1000)\ntest('f', () => {})`)
    assert.deepEqual(await count({ fileLimitMs: 5000 }, open, good), { passed: 3, failed: 1 })
  })

  test('a run that takes too long is ended', async () => {
    const open = file('open.test.ts', `setInterval(() => {}, 1000)\ntest('f', () => {})`)
    assert.equal((await count({ limitMs: 1000 }, open)).failed, 1)
  })
})

describe('stages', () => {
  const quietly = (stages: (Stage | Stage[])[]) => runStages(stages, () => {})
  const stage = (name: string, result: boolean | Counts) => ({ name, run: async () => result })

  test('all pass: the totals of those that ran tests', async () => {
    const stages = [
      stage('a', true),
      stage('b', { passed: 2, failed: 0 }),
      stage('c', { passed: 3, failed: 0 }),
    ]
    assert.deepEqual(await quietly(stages), { ok: true, passed: 5, failed: 0 })
  })

  test('the first that fails is the last that runs', async () => {
    const never = { name: 'never', run: () => Promise.reject(new Error('ran after a failure')) }
    assert.equal((await quietly([stage('a', false), never])).ok, false)
    const counted = await quietly([stage('a', { passed: 4, failed: 1 }), never])
    assert.deepEqual(counted, { ok: false, passed: 4, failed: 1 })
  })

  test('those of a list run side by side, and all of them to their end', async () => {
    const both = [Promise.withResolvers<boolean>(), Promise.withResolvers<boolean>()] as const
    const [one, other] = both
    const first = { name: 'a', run: () => (one.resolve(false), other.promise) }
    const second = { name: 'b', run: () => (other.resolve(true), one.promise) }
    const ended: string[] = []
    const never = { name: 'never', run: () => Promise.reject(new Error('ran after a failure')) }
    const { ok } = await runStages([[first, second], never], (line) => ended.push(String(line).slice(0, 3)))
    assert.deepEqual([ok, ended.sort()], [false, ['✔ a', '✖ b']])
  })

  test('a stage of tests in which none ran fails', async () => {
    assert.equal((await quietly([stage('a', { passed: 0, failed: 0 })])).ok, false)
  })
})
