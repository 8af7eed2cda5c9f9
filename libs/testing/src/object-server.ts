import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startSeaweed } from '@aetherlearn/local-stack/weed'

/** An S3 server of this test's own, empty, gone after `close`. */
export async function testObjectServer() {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-s3-'))
  const server = await startSeaweed({ folder, port: 0 })
  const close = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { ...server, close }
}
