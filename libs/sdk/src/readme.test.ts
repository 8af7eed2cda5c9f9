import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { progressApi } from '@aetherlearn/contracts/progress'
import { createClient } from './client.ts'
import { createLateQueue, type LateQueue } from './late-queue.ts'
import { createPlayerReporter, keepaliveFetch, type PlayerReporter } from './player-reporter.ts'
import { createServerClock } from './server-clock.ts'

/** Answers positions and batches; saves only while `hears` says so. */
async function aServer(hears: () => boolean) {
  const told: [string, unknown][] = []
  const server = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url?.split('/').at(-1) ?? ''
    const body = request.method === 'POST' ? await json(request) : undefined
    if (!hears() && body !== undefined) return request.socket.destroy()
    if (body !== undefined) told.push([path, body])
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ message: 'synced', accepted: 1, known: 0, watchTimes: {} }))
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null)
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  return { origin: `http://127.0.0.1:${address.port}`, told, close }
}

/** As much of a browser as the example names. */
function aPage() {
  const video = Object.assign(new EventTarget(), {
    currentTime: 0,
    seeking: false,
    duration: 60,
    paused: false,
    playbackRate: 1,
    readyState: 1,
  })
  const stored = new Map<string, string>()
  const localStorage = {
    get length() {
      return stored.size
    },
    key: (index: number) => [...stored.keys()][index] ?? null,
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, text: string) => void stored.set(key, text),
    removeItem: (key: string) => void stored.delete(key),
  }
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
  return { video, localStorage, document, window: new EventTarget() }
}

test('the example of a player that goes offline runs as it stands in the README', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const code = blocks.find((block) => block.includes('createLateQueue(')) ?? assert.fail('no example')
  let hears = false
  const server = await aServer(() => hears)
  const page = aPage()
  const given = {
    ...{ createClient, createLateQueue, createPlayerReporter, createServerClock, keepaliveFetch },
    ...{ progressApi, analyticsApi, origin: server.origin, ...page },
    courseId: 'c'.repeat(24),
    lectureId: 'a'.repeat(24),
    session: { fetch, token: () => 'token', user: () => ({ id: 'ana' }) },
  }
  const program = `(async () => {${code}; return { late, reporter } })()`
  const { late, reporter } = (await runInNewContext(program, given)) as {
    late: LateQueue
    reporter: PlayerReporter
  }
  page.video.dispatchEvent(new Event('play'))
  page.video.currentTime = 0.3
  page.video.dispatchEvent(new Event('timeupdate'))
  await reporter.report()
  assert.equal(late.size(), 1)
  hears = true
  page.window.dispatchEvent(new Event('online'))
  await late.send()
  assert.deepEqual([late.size(), server.told.map(([path]) => path)], [0, ['batch']])
  page.video.paused = true
  await reporter.stop()
  server.close()
})
