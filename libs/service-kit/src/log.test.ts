import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { pino } from 'pino'
import { createServer } from './server.ts'

test('every line that was logged is written when the process ends, however it ends', async () => {
  const log = new URL('./log.ts', import.meta.url).href
  const say = `import { createLogger } from '${log}'; const log = createLogger('short', 'info')
    for (let n = 0; n < 500; n += 1) log.info({ n, password: 'p' }, 'said');`
  for (const end of ['process.exit(0)', `throw new Error('a bug')`, '']) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', say + end], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const [lines] = await Promise.all([text(child.stdout), once(child, 'exit')])
    const said = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      said.map(({ n }) => n),
      Array.from({ length: 500 }, (_, n) => n),
    )
    assert.match(said[0].time, /^\d{4}-\d\d-\d\dT/)
    assert.equal(said[0].password, '[redacted]')
  }
})

test('a request leaves one line with its ids and caller; grants and queries stay out of it', async () => {
  const lines: Record<string, unknown>[] = []
  const mint = await createTokenMint()
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const app = await createServer({ name: 'notes', verifyToken: mint.verifyToken, log })
  app.get('/api/v1/media/:grant', { config: { access: 'signed-in' } }, async (request) => {
    request.log.info({ extra: 1 }, 'in between')
    return 'played'
  })
  app.get('/beat', { config: { access: 'public', rate: 'heartbeat' } }, async () => 'alive')
  const id = 'ab'.repeat(12)
  const authorization = `Bearer ${await mint.tokenFor({ id, role: 'student' })}`
  const traceparent = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`
  const headers = { authorization, traceparent, 'x-request-id': 'request-1' }
  const answer = await app.inject({ url: '/api/v1/media/secret?token=x', headers })
  assert.equal(answer.headers['x-request-id'], 'request-1')
  await app.inject('/beat')
  await app.inject('/health/live')
  await app.close()
  const [between, line, ...more] = lines
  assert.deepEqual(more, [])
  assert.deepEqual([between?.['reqId'], between?.['extra']], ['request-1', 1])
  assert.equal(line?.['msg'], 'request answered')
  assert.deepEqual(
    [line['reqId'], line['traceId'], line['userId'], line['status'], line['url']],
    ['request-1', 'c'.repeat(32), id, 200, '/api/v1/media/[redacted]'],
  )
})
