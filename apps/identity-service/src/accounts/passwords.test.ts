import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPasswords } from './passwords.ts'

test('a password matches its own hash and no other, and nobody has a hash that matches', async () => {
  const passwords = createPasswords()
  const mine = await passwords.hash('correct horse')
  assert.match(mine, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.notEqual(mine, await passwords.hash('correct horse'))
  assert.equal(await passwords.matches('correct horse', mine), true)
  assert.equal(await passwords.matches('correct horsf', mine), false)
  assert.equal(await passwords.matches('nobody has this password', undefined), false)
})

test('more than there is time for: the first are served, the rest are refused in time, and all is well after', async () => {
  const passwords = createPasswords()
  const from = performance.now()
  const results = await Promise.allSettled(Array.from({ length: 400 }, () => passwords.hash('correct horse')))
  const refused = results.filter((result) => result.status === 'rejected')
  assert.ok(refused.length < 400)
  assert.ok(refused.every(({ reason }) => reason.code === 'UNAVAILABLE'))
  // 400 hashes would take far longer; refusing costs nothing.
  if (refused.length > 0) assert.ok(performance.now() - from < 3000)
  await passwords.hash('correct horse')
})
