import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersForClient, headersForService } from './headers.ts'

const request = { id: 'a-request-id', traceId: '4bf92f3577b34da6a3ce929d0e0e4736' }
const place = { side: 'console', publicOrigin: 'https://learn.test' } as const
const passed = (headers: Record<string, string>) =>
  headersForService(headers, request, '00f067aa0ba902b7', place)

test('what a client claims about itself, its way or its connection never reaches a service', () => {
  const claimed = [
    ...['x-user-id', 'x-user-role', 'x-caller', 'x-role', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'],
    ...['forwarded', 'via', 'x-http-method-override', 'x-original-url', 'cookie', 'proxy-authorization'],
    ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'expect', 'x-anything'],
    ...['x-public-origin', 'x-content-origin'],
  ]
  const ours = Object.keys(passed({})).sort()
  assert.deepEqual(ours, ['traceparent', 'x-public-origin', 'x-request-id'])
  assert.deepEqual(Object.keys(passed(Object.fromEntries(claimed.map((name) => [name, '1'])))).sort(), ours)
})

test('what a service needs reaches it, with our own request id and trace', () => {
  const given = { authorization: 'Bearer x', range: 'bytes=0-1', 'content-type': 'application/json' }
  const sent = passed({ ...given, 'x-request-id': 'forged', traceparent: 'forged' })
  assert.deepEqual(sent, {
    ...given,
    'x-request-id': 'a-request-id',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'x-public-origin': 'https://learn.test',
  })
})

test('headers of the connection to the service stay there', () => {
  assert.deepEqual(headersForClient({ connection: 'keep-alive', 'keep-alive': 'timeout=72', etag: '"1"' }), {
    etag: '"1"',
  })
})
