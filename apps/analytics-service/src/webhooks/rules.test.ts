import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { addressFault, outcomeOf, type Outcome } from './rules.ts'

const since = new Date('2026-03-01T00:00:00Z')
const HOUR_MS = 3_600_000
const tried = (more: object = {}) => ({
  ...{ since, tries: 1, now: since, attempt: { status: 500 }, isLastTry: false },
  ...more,
})

test('what does not arrive is tried for three days, ever more seldom, and then its webhook is switched off', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.nat({ max: 10_000 }), (luck, tookMs) => {
      const waits: number[] = []
      let now = since
      for (let tries = 1; ; tries += 1) {
        now = new Date(now.getTime() + tookMs)
        const outcome: Outcome = outcomeOf(tried({ tries, now }), () => luck)
        if (outcome.state !== 'waiting') {
          assert.match(outcome.state === 'failed' ? (outcome.switchOff ?? '') : '', /3 days.*500/)
          break
        }
        waits.push(outcome.nextAt.getTime() - now.getTime())
        now = outcome.nextAt
      }
      assert.ok(now.getTime() >= since.getTime() + 72 * HOUR_MS)
      assert.ok(now.getTime() < since.getTime() + 72 * HOUR_MS + 10_001)
      assert.ok((waits[0] ?? 0) < 6000 && waits.length >= 12 && waits.length <= 16, `${waits.length} waits`)
      assert.ok(Math.max(...waits) <= 13.2 * HOUR_MS)
    }),
  )
})

test('an answer from 200 to 299 is an arrival, and nobody is asked again who says that nobody is there', () => {
  for (const status of [200, 204, 299])
    assert.deepEqual(outcomeOf(tried({ attempt: { status } })), { state: 'delivered' })
  for (const attempt of [{ status: 199 }, { status: 301 }, { status: 404 }, { failure: 'no answer' }])
    assert.equal(outcomeOf(tried({ attempt })).state, 'waiting')
  const gone = outcomeOf(tried({ attempt: { status: 410 } }))
  assert.ok(gone.state === 'failed' && gone.switchOff !== undefined)
  assert.deepEqual(outcomeOf(tried({ isLastTry: true })), { state: 'failed' })
})

test('only addresses of https that lead to the public internet are taken', () => {
  for (const url of [
    'https://example.org',
    'https://example.org:8443/a?b=c',
    'https://9.9.9.9/',
    'https://[2620:fe::9]/',
  ])
    assert.equal(addressFault(url, false), undefined, url)
  for (const url of [
    ...['', 'example.org', 'http://example.org', 'ftp://example.org', 'https://ana:secret@example.org'],
    ...[
      'https://example.org/#a',
      'https://127.0.0.1/',
      'https://2130706433/',
      'https://0x7f.1/',
      'https://10.1.2.3',
    ],
    ...[
      'https://169.254.169.254/latest',
      'https://[::1]/',
      'https://[::ffff:10.0.0.1]/',
      'https://[fd00::1]/',
    ],
    ...['https://[64:ff9b::a00:1]/', 'javascript:alert(1)', 'file:///etc/passwd'],
  ])
    assert.notEqual(addressFault(url, false), undefined, url)
  for (const url of ['http://127.0.0.1:8080/', 'https://10.1.2.3'])
    assert.equal(addressFault(url, true), undefined)
  assert.notEqual(addressFault('ftp://10.1.2.3', true), undefined)
})
