import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createCollector } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { createServer } from './server.ts'
import { startTracing } from './tracing.ts'

test('requests become spans at the OTLP endpoint, with the service and the route, when tracing stops', async () => {
  const received: { path: string; body: string }[] = []
  const collector = createCollector((request, response) => {
    void buffer(request).then((body) => {
      received.push({ path: request.url ?? '', body: body.toString('latin1') })
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`
  // The exporter reads its own standard variable, as the processes of a cluster are given it.
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = endpoint
  const stop = await startTracing('traced-service', endpoint)
  const app = await createServer({ name: 'traced', verifyToken: () => Promise.reject(new Error('not used')) })
  app.get('/traced/:id', { config: { access: 'public' } }, async () => ({ ok: true }))
  assert.equal((await app.inject('/traced/7')).statusCode, 200)
  await app.close()
  await stop()
  collector.close()
  const traces = received.filter(({ path }) => path === '/v1/traces').map(({ body }) => body)
  assert.match(traces.join(), /traced-service/)
  assert.match(traces.join(), /\/traced\/:id/)
})

test('without an endpoint nothing is loaded and stopping is no error', async () => {
  const stop = await startTracing('untraced', '')
  await stop()
})
