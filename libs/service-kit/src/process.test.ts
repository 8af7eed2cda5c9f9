import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'

test('after SIGTERM a running request is answered, things close last first, and the exit code is 0', async () => {
  const fixture = new URL('./process.fixture.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [fixture], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exit = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  const address = await nextLine()
  const answer = fetch(`${address}/slow`)
  assert.equal(await nextLine(), 'began')
  child.kill('SIGTERM')
  // A new connection is refused once the listener is closed, while the old request still runs.
  for (;;) {
    const open = await fetch(`${address}/health/live`, { headers: { connection: 'close' } }).catch(
      () => undefined,
    )
    if (open === undefined || open.status === 503) break
    await open.arrayBuffer()
  }
  child.stdin.write('go\n')
  const response = await answer
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { ready: 'stopping' })
  assert.equal(await nextLine(), 'closed second')
  assert.equal(await nextLine(), 'closed first')
  assert.deepEqual(await exit, [0, null])
})
