import assert from 'node:assert/strict'
import { createHmac, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { signWebhook, verifyWebhook } from './webhooks.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const now = () => 1_614_265_330_000
const sent = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: '1614265330', body: '{"test": 2432232314}' }
const received = (signature: string, change: Partial<typeof sent> = {}) => {
  const { id, timestamp, body } = { ...sent, ...change }
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature }
  return { headers, body, secret: SECRET }
}
const refused = (work: Promise<unknown>) => assert.rejects(work, { name: 'WebhookError' })

test('a message is signed as the specification’s own example is', async () => {
  assert.equal(await signWebhook(sent, SECRET), 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('whatever is sent, the signature is the HMAC of id, moment and body, and is believed', async () => {
  const bytes = randomBytes(32)
  const secret = `whsec_${bytes.toString('base64')}`
  await fc.assert(
    fc.asyncProperty(fc.uuid(), fc.json(), async (id, body) => {
      const signature = await signWebhook({ ...sent, id, body }, secret)
      const hmac = createHmac('sha256', bytes).update(`${id}.${sent.timestamp}.${body}`)
      assert.equal(signature, `v1,${hmac.digest('base64')}`)
      const message = await verifyWebhook({ ...received(signature, { id, body }), secret }, { now })
      assert.deepEqual(message, { id, message: JSON.parse(body) })
    }),
  )
})

test('a message of which anything was changed is not believed, nor one that somebody else signed', async () => {
  const signature = await signWebhook(sent, SECRET)
  await verifyWebhook(received(signature), { now })
  await verifyWebhook({ ...received(signature), headers: new Headers(received(signature).headers) }, { now })
  for (const change of [{ id: 'msg_other' }, { timestamp: '1614265331' }, { body: '{"test": 2432232315}' }])
    await refused(verifyWebhook(received(signature, change), { now }))
  const other = `whsec_${randomBytes(24).toString('base64')}`
  await refused(verifyWebhook(received(await signWebhook(sent, other)), { now }))
  for (const nonsense of ['', 'v1,', 'v1,!', `v2${signature.slice(2)}`, signature.slice(3)])
    await refused(verifyWebhook(received(nonsense), { now }))
  await refused(verifyWebhook({ ...received(signature), headers: {} }, { now }))
})

test('a message that is five minutes old, or as far ahead, is not believed any more', async () => {
  const message = received(await signWebhook(sent, SECRET))
  for (const seconds of [-301, 301])
    await refused(verifyWebhook(message, { now: () => now() + seconds * 1000 }))
  for (const seconds of [-299, 299]) await verifyWebhook(message, { now: () => now() + seconds * 1000 })
})

test('while a secret is changed, either of both is enough, on either side', async () => {
  const next = `whsec_${randomBytes(32).toString('base64')}`
  const signatures = await Promise.all([next, SECRET].map((secret) => signWebhook(sent, secret)))
  await verifyWebhook(received(signatures.join(' ')), { now })
  const known = { ...received(signatures[0] ?? ''), secret: [SECRET, next] }
  await verifyWebhook(known, { now })
})
