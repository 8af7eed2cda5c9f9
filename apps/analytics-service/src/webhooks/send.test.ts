import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { isPublicAddress } from '@aetherlearn/service-kit/public-address'
import { startReceiver } from './receiver.fixture.ts'
import { publicReach, send, type Reach } from './send.ts'

const receiver = await startReceiver()
after(receiver.close)
beforeEach(() => {
  receiver.received.length = 0
})
const body = JSON.stringify({
  type: 'ping',
  timestamp: '2026-03-01T00:00:00Z',
  data: { courseId: '0'.repeat(24) },
})
const NAME = 'hooks.example.org'
/** Where names lead to these addresses, one list for each look-up; the receiver stands in for a public server. */
function leadingTo(...answers: string[][]): Reach & { asked: string[] } {
  const asked: string[] = []
  const resolve = async (host: string) => {
    asked.push(host)
    return answers[Math.min(asked.length, answers.length) - 1] ?? []
  }
  const isReachable = (address: string) => address === '127.0.0.1' || isPublicAddress(address)
  return { resolve, isReachable, anywhere: true, asked }
}
const sendTo = (reach: Reach, host = NAME, path = '/hook?of=algebra') =>
  send(new URL(`http://${host}:${receiver.port}${path}`), { 'webhook-id': 'msg_1' }, body, reach)

test('the connection goes to the address that was looked at, and a second look-up could not change it', async () => {
  const reach = leadingTo(['127.0.0.1'], ['10.0.0.1'])
  assert.deepEqual(await sendTo(reach), { status: 204 })
  assert.deepEqual(reach.asked, [NAME])
  const [{ headers, body: sent, id } = assert.fail('nothing arrived')] = receiver.received
  assert.deepEqual([headers.host, sent, id], [`${NAME}:${receiver.port}`, body, 'msg_1'])
})

test('a name that leads to any address of our own network is not connected to', async () => {
  for (const address of [
    '10.0.0.1',
    '169.254.169.254',
    '192.168.1.1',
    '::1',
    'fd00::1',
    '::ffff:127.0.0.1',
  ]) {
    for (const addresses of [[address], ['127.0.0.1', address]]) {
      const sent = await sendTo(leadingTo(addresses))
      assert.match('failure' in sent ? sent.failure : '', /not public/, address)
    }
  }
  for (const host of ['10.0.0.1', '[::1]', '169.254.169.254']) {
    const sent = await sendTo(leadingTo(['127.0.0.1']), host)
    assert.match('failure' in sent ? sent.failure : '', /not public/, host)
  }
  assert.equal(receiver.received.length, 0)
})

test('a name without an address, and a server that is not there, are failures in words', async () => {
  const noName = await sendTo(leadingTo([]))
  assert.match('failure' in noName ? noName.failure : '', /no address/)
  const here = await send(new URL('https://localhost:1/'), {}, body, publicReach)
  assert.match('failure' in here ? here.failure : '', /not public/)
  receiver.answers.status = () => 503
  assert.deepEqual(await sendTo(leadingTo(['127.0.0.1'])), { status: 503 })
})
