import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { uploadVideo } from '@aetherlearn/sdk/uploader'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture, videoBytes } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const MB = 1_000_000

/** A network that carries a limited number of bytes a second and breaks the connection in use, again and again. */
async function brokenNetwork(target: URL, cuts: number) {
  const made = { fin: 0, rst: 0 }
  const between = () => 3 * MB + Math.random() * 4 * MB
  let untilCut = between()
  const cut = (client: Socket, server: Socket) => {
    const isReset = (made.fin + made.rst) % 2 === 1
    made[isReset ? 'rst' : 'fin'] += 1
    untilCut = made.fin + made.rst < cuts ? between() : Infinity
    for (const socket of [client, server]) {
      if (isReset) socket.resetAndDestroy()
      else socket.end()
    }
    client.unpipe()
  }
  const proxy = createServer((client) => {
    const server = connect(Number(target.port), target.hostname)
    for (const socket of [client, server]) socket.on('error', () => {})
    server.pipe(client)
    client.on('close', () => server.destroy())
    const forward = async () => {
      for await (const bytes of client as AsyncIterable<Buffer>) {
        untilCut -= bytes.length
        if (untilCut <= 0) return cut(client, server)
        server.write(bytes)
        await pause(1)
      }
      server.end()
    }
    void forward().catch(() => server.destroy())
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, made, close: () => proxy.close() }
}

test('50 MB arrive whole over a line that is cut twenty times, and a cut costs at most one chunk', async () => {
  const instructor = await fixture.person('instructor')
  const [lectureId = ''] = (await draftOf(instructor)).lectureIds
  const file = videoBytes(50 * MB)
  const network = await brokenNetwork(new URL(fixture.origin), 20)
  const uploads = createClient(uploadApi, { origin: network.origin, token: () => instructor.token })
  let sent = 0
  const counting: typeof uploads.putChunk = (call) => {
    sent += 1
    return uploads.putChunk(call)
  }
  const source = {
    size: file.length,
    slice: (start: number, end: number) => new Uint8Array(file.subarray(start, end)),
  }
  const { uploadId } = await uploadVideo({
    uploads: { ...uploads, putChunk: counting },
    lectureId,
    source,
    fileName: 'sets.mp4',
    attempts: 60,
    wait: async () => {},
  })
  network.close()
  const cuts = network.made.fin + network.made.rst
  assert.ok(cuts >= 10, `${cuts} cuts`)
  assert.ok(sent <= 10 + cuts, `${sent} chunks sent for 10 with ${cuts} cuts`)
  assert.equal(sha256(await readFile(join(fixture.folder, 'objects/raw', uploadId))), sha256(file))
})
