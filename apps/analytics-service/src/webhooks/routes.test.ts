import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MAX_WEBHOOKS, webhookEvents } from '@aetherlearn/contracts/analytics/webhooks'
import { refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { openWebhooks } from './webhooks.fixture.ts'

const world = await openWebhooks()
const { service, receiver, aStranger, aCourse } = world
after(world.close)

test('the owner, editors and admins have webhooks of a course; assistants, students and other owners do not', async () => {
  const { courseId, params, ref } = await aCourse()
  const another = await aCourse()
  const [editor, assistant, student] = await Promise.all([
    aStranger('instructor'),
    aStranger('instructor'),
    aStranger(),
  ])
  const [editorIds, staffIds] = [[editor.userId], [editor.userId, assistant.userId]]
  await service.changeStaff({ courseId, staffIds, editorIds, sequence: 1 })
  assert.equal((await editor.client.listWebhooks({ params })).webhooks.length, 1)
  assert.equal((await (await aStranger('admin')).client.listWebhooks({ params })).webhooks.length, 1)
  for (const { client } of [assistant, student, another])
    assert.equal((await refusal(client.listWebhooks({ params }))).code, 'FORBIDDEN')
  // An id of another course is nobody's.
  const mixed = { courseId: another.courseId, webhookId: ref.webhookId }
  for (const call of [
    () => another.client.pingWebhook({ params: mixed }),
    () => another.client.removeWebhook({ params: mixed }),
    () => another.client.rotateWebhookSecret({ params: mixed }),
    () => another.client.listDeliveries({ params: mixed }),
    () => another.client.changeWebhook({ params: mixed, body: { enabled: false } }),
  ])
    assert.equal((await refusal(call())).code, 'WEBHOOK_NOT_FOUND')
  const gone = { ...another.ref, deliveryId: newId() }
  assert.equal((await refusal(another.client.redeliver({ params: gone }))).code, 'DELIVERY_NOT_FOUND')
})

test(`a course has at most ${MAX_WEBHOOKS} webhooks, also when they come at once, and no secret is shown again`, async () => {
  const { client, params, secret } = await aCourse()
  const body = { url: receiver.url, events: [...webhookEvents] }
  const added = await Promise.allSettled(
    Array.from({ length: MAX_WEBHOOKS + 1 }, () => client.addWebhook({ params, body })),
  )
  assert.ok(added.filter(({ status }) => status === 'fulfilled').length < MAX_WEBHOOKS)
  for (;;) {
    const { webhooks } = await client.listWebhooks({ params })
    assert.ok(webhooks.length <= MAX_WEBHOOKS && !JSON.stringify(webhooks).includes(secret))
    if (webhooks.length === MAX_WEBHOOKS) break
    await client.addWebhook({ params, body })
  }
  assert.equal((await refusal(client.addWebhook({ params, body }))).code, 'TOO_MANY_WEBHOOKS')
  const wrong = await refusal(client.addWebhook({ params, body: { ...body, url: 'ftp://example.org' } }))
  assert.deepEqual([wrong.status, wrong.errors?.[0]?.field], [400, 'body.url'])
})
