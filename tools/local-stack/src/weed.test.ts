import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startSeaweed } from './weed.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-weed-'))
after(() => rm(folder, { recursive: true, force: true }))

test('two S3 servers run side by side, and neither answers who has no key', async () => {
  const servers = await Promise.all(
    ['one', 'two'].map((name) => startSeaweed({ folder: join(folder, name), port: 0 })),
  )
  const [one, two] = servers
  assert.notEqual(one?.endpoint, two?.endpoint)
  assert.notEqual(one?.secretKey, two?.secretKey)
  for (const { endpoint } of servers) assert.equal((await fetch(`${endpoint}/`)).status, 403)
  await Promise.all(servers.map((server) => server.stop()))
})

test('an S3 server has the same keys when it starts again', async () => {
  const first = await startSeaweed({ folder: join(folder, 'again'), port: 0 })
  await first.stop()
  const second = await startSeaweed({ folder: join(folder, 'again'), port: 0 })
  await second.stop()
  assert.equal(second.secretKey, first.secretKey)
  assert.notEqual(await second.exited, undefined)
})
