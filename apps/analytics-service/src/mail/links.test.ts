import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import fc from 'fast-check'
import { createLinks } from './links.ts'

const links = createLinks('a secret of at least thirty-two letters')

test('a link says whose mail of which kind it stops', () => {
  const userId = newId()
  for (const kind of ['nudge', 'digest'] as const)
    assert.deepEqual(links.read(links.sign({ userId, kind })), { userId, kind })
})

test('a link with any letter changed, or signed with another secret, stops nothing', () => {
  const token = links.sign({ userId: newId(), kind: 'nudge' })
  const other = createLinks('another secret of thirty-two letters')
  assert.equal(other.read(token), undefined)
  const letter = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_.')
  // The last letter of base64url has two bits that say nothing.
  fc.assert(
    fc.property(fc.nat(token.length - 2), letter, (at, put) => {
      const changed = token.slice(0, at) + put + token.slice(at + 1)
      assert.ok(changed === token || links.read(changed) === undefined)
    }),
  )
  fc.assert(fc.property(fc.string(), (text) => links.read(text) === undefined))
})
