import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measureAge } from './metrics.ts'
import { createServer } from './server.ts'

test('requests are counted by method, route and status, in buckets that hold those before them', async () => {
  const app = await createServer({ name: 'notes', verifyToken: () => Promise.reject(new Error('not used')) })
  app.get('/notes/:noteId', { config: { access: 'public' } }, async () => 'a note')
  for (const id of ['1', '2', '3']) await app.inject(`/notes/${id}`)
  await app.inject({ method: 'HEAD', url: '/notes/4' })
  await app.inject('/nowhere')
  const { body } = await app.inject('/metrics')
  const valueOf = (name: string, labels: string) => {
    const line = body
      .split('\n')
      .find((text) => text.startsWith(`http_request_duration_seconds_${name}{${labels}}`))
    return Number(line?.split(' ').at(-1))
  }
  const get = 'method="GET",route="/notes/:noteId",status="200"'
  assert.equal(valueOf('count', get), 3)
  assert.equal(valueOf('count', get.replace('GET', 'HEAD')), 1)
  assert.equal(valueOf('count', 'method="GET",route="unknown",status="404"'), 1)
  assert.ok(valueOf('sum', get) > 0)
  const buckets = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, '+Inf'].map((limit) =>
    valueOf('bucket', `${get},le="${limit}"`),
  )
  assert.deepEqual(
    buckets,
    buckets.toSorted((a, b) => a - b),
  )
  assert.equal(buckets.at(-1), 3)
  assert.match(body, /# TYPE http_request_duration_seconds histogram/)
  assert.match(body, /process_cpu_user_seconds_total/)
  await app.close()
})

test('how long the oldest waits is asked at each scrape, and not known while nobody can say', async () => {
  const app = await createServer({ name: 'notes', verifyToken: () => Promise.reject(new Error('not used')) })
  let since: () => Promise<Date | undefined> = async () => new Date(Date.now() - 90_000)
  measureAge(app.metrics, 'notes_oldest_seconds', () => since())
  const age = async () => {
    const { body } = await app.inject('/metrics')
    return /^notes_oldest_seconds (.+)$/m.exec(body)?.[1]
  }
  assert.ok(Number(await age()) >= 90)
  since = async () => undefined
  assert.equal(await age(), '0')
  since = () => Promise.reject(new Error('away'))
  assert.equal(await age(), 'Nan')
  await app.close()
})
