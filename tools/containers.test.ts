import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { becamePrimary } from '@aetherlearn/local-stack/mongo'
import { startServers, stopServers } from './test-servers.ts'

// In a file of its own: testcontainers remembers the first engine that a process asked.

/** Asked without testcontainers, so that a defect there does not pass for a machine without Docker. */
async function engineAnswers(): Promise<boolean> {
  const address = new URL(process.env['DOCKER_HOST'] ?? 'unix:///var/run/docker.sock')
  const { hostname: host, port, pathname } = address
  const target = address.protocol === 'unix:' ? { socketPath: pathname } : { host, port }
  const request = get({ ...target, path: '/_ping', signal: AbortSignal.timeout(2000) })
  const [response] = await once(request, 'response').catch(() => [])
  response?.resume()
  return response?.statusCode === 200
}

test('both stores run, in containers where a Docker engine answers, and end when they are stopped', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-servers-'))
  const said: string[] = []
  const say = (line: string) => said.push(line)
  const servers = await startServers(['mongo', 'redis'], { folder, choice: undefined, say })
  const { mongo, redis } = {
    mongo: new URL(servers.mongo?.url ?? ''),
    redis: new URL(servers.redis?.url ?? ''),
  }
  try {
    assert.equal(await becamePrimary(mongo.host), true)
    await once(connect(Number(redis.port), redis.hostname).end(), 'connect')
    const inContainers = mongo.searchParams.get('directConnection') === 'true'
    // An engine may lack the images and the way to get them; then the line says that.
    const nobody = 'The stores of the tests are programs of this machine: no Docker engine answers.'
    assert.equal(said[0] === nobody, !(await engineAnswers()), said[0])
    assert.equal(said.length, inContainers ? 0 : 1)
  } finally {
    await stopServers(servers)
    await rm(folder, { recursive: true })
  }
  await assert.rejects(once(connect(Number(redis.port), redis.hostname), 'connect'), { code: 'ECONNREFUSED' })
})
