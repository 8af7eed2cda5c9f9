import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPatience } from './patience.ts'

test('what is there is answered at the first asking', async () => {
  let asked = 0
  const answer = await createPatience(1000)(async () => (asked += 1))
  assert.deepEqual([answer, asked], [1, 1])
})

test('what comes a moment later is waited for', async () => {
  let asked = 0
  const answer = await createPatience(1000)(async () => ((asked += 1) < 3 ? undefined : 'there'))
  assert.equal(answer, 'there')
})

test('what does not come is given up, and without patience at once', async () => {
  let asked = 0
  const ask = async () => void (asked += 1)
  assert.equal(await createPatience(60)(ask), undefined)
  assert.equal(asked, 2)
  assert.equal(await createPatience(0)(ask), undefined)
  assert.equal(asked, 3)
})

test('a failure is not waited out', async () => {
  await assert.rejects(
    createPatience(1000)(() => Promise.reject(new Error('away'))),
    /away/,
  )
})
