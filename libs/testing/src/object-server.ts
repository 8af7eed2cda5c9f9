import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSeaweed } from '@aetherlearn/local-stack/weed'
import { createS3Store } from '@aetherlearn/service-kit/objects/s3'

/** An S3 server of this test's own, empty, gone after `close`. */
export async function testObjectServer() {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-s3-'))
  const server = await startSeaweed({ folder, port: 0 })
  const opened: { close(): void }[] = []
  /** Objects in its bucket; by another `endpoint` where something stands in between. */
  const openStore = async (endpoint = server.endpoint) => {
    const keys = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey }
    const store = createS3Store({ endpoint, region: 'us-east-1', bucket: 'objects', ...keys })
    opened.push(store)
    if (endpoint === server.endpoint) await store.check()
    return store
  }
  const close = async () => {
    for (const store of opened) store.close()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...server, openStore, close }
}
