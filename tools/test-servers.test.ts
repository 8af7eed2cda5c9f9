import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startServers, stopServers, type StoreName } from './test-servers.ts'

const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-servers-'))
after(() => rm(folder, { recursive: true }))

async function started(names: StoreName[], choice?: string) {
  const said: string[] = []
  const servers = await startServers(names, { folder, choice, say: (line) => said.push(line) })
  return { servers, said }
}

async function answersPing(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write('PING\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  return answer.toString() === '+PONG\r\n'
}

const given = process.env['DOCKER_HOST']
const silent = createServer((socket) => sockets.push(socket))
const sockets: Socket[] = []

describe('with a Docker engine that takes calls and never answers', () => {
  before(async () => {
    const path = join(folder, 'silent.sock')
    await once(silent.listen(path), 'listening')
    process.env['DOCKER_HOST'] = `unix://${path}`
  })
  after(() => {
    if (given === undefined) delete process.env['DOCKER_HOST']
    else process.env['DOCKER_HOST'] = given
    for (const socket of sockets) socket.destroy()
    silent.close()
  })

  test('the stores are programs of this machine, and it says so', async () => {
    const { servers, said } = await started(['redis'])
    assert.deepEqual(said, [
      'The stores of the tests are programs of this machine: no Docker engine answers.',
    ])
    assert.equal(await answersPing(servers.redis?.url ?? ''), true)
    assert.ok(sockets.length > 0, 'the engine was not asked')
    await stopServers(servers)
  })

  test('containers that were asked for and cannot be had are an error', async () => {
    await assert.rejects(started(['redis'], 'containers'), {
      message:
        'TEST_STORES=containers, but no Docker engine answers. Start Docker, or leave TEST_STORES out.',
    })
  })

  test('it is not asked for programs, nor when nothing is missing', async () => {
    const asked = sockets.length
    const { servers, said } = await started(['redis'], 'programs')
    assert.deepEqual(said, [])
    assert.equal(await answersPing(servers.redis?.url ?? ''), true)
    await stopServers(servers)
    assert.deepEqual((await started([])).servers, {})
    assert.equal(sockets.length, asked)
  })

  test('another choice is an error that names the two', async () => {
    await assert.rejects(started(['redis'], 'docker'), {
      message: 'TEST_STORES is docker; it can be containers or programs.',
    })
  })
})
