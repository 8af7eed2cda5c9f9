import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { coursePublished } from '@aetherlearn/contracts/course/events'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import type { EventType, Payload } from '@aetherlearn/contracts/shape'
import { createClient } from '@aetherlearn/sdk/client'
import { eventQueue, openQueue } from '@aetherlearn/service-kit/jobs'
import { newId } from '@aetherlearn/testing/ids'
import { ownStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'

const stores = await ownStores()
const mint = await createTokenMint()
const keys = await mint.startKeyServer()
const events = openQueue(stores.redisUrl, eventQueue('analytics-service'))
after(async () => {
  await Promise.all([events.close(), keys.stop()])
  await stores.close()
})

async function startService() {
  const child = spawn(process.execPath, [new URL('./main.ts', import.meta.url).pathname], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      MONGO_URL: stores.mongoUrl,
      MONGO_DATABASE: stores.database,
      REDIS_STATE_URL: stores.redisUrl,
      IDENTITY_SERVICE_URL: keys.url,
    },
  })
  const exited = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, address } = JSON.parse(line)
    if (msg !== 'listening') continue
    child.stdout.resume()
    const stop = async () => {
      child.kill('SIGTERM')
      const [code] = await exited
      return code
    }
    return { address, stop }
  }
  throw new Error('the service ended before it listened')
}

async function tell<E extends EventType>(type: E, payload: Payload<E>) {
  const id = newId()
  await events.queue.add(type.name, { id, name: type.name, payload, traceId: '' }, { jobId: `outbox-${id}` })
}

test('a process hears events, counts right after them, and stores counts before it stops', async () => {
  const [courseId, lectureId] = [newId(), newId()]
  const service = await startService()
  const token = await mint.tokenFor({ role: 'student' })
  const client = createClient(analyticsApi, { origin: service.address, token: () => token })
  await tell(coursePublished, {
    courseId,
    creatorId: newId(),
    title: 'Algebra',
    version: 1,
    lectures: [{ lectureId, lectureTitle: 'Sets', durationSeconds: 60 }],
  })
  // Not one moment later: a course that was just published may be opened at once.
  assert.deepEqual(await client.trackView({ params: { courseId } }), { message: 'tracked' })
  await client.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta: 5 } })
  assert.equal((await fetch(`${service.address}/health/ready`)).status, 200)
  assert.equal(await service.stop(), 0)
  const mongo = await stores.connectMongo()
  const row = await mongo.collection('courseAnalytics').findOne({})
  assert.deepEqual(row?.['lectureStats'], { [lectureId]: { views: 1, totalWatchTimeMs: 5000 } })
  assert.deepEqual([row?.['totalViews'], row?.['uniqueActiveUsers']], [1, 1])
})
