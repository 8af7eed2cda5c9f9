import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

/** Ports that a process of its own is given; it lives until its input ends. */
function portsOf(count: number) {
  const { href } = new URL('child.ts', import.meta.url)
  const script = `const { freePort } = await import('${href}')
    const ports = []
    while (ports.length < ${count}) ports.push(await freePort())
    console.log(ports.join())
    for await (const _ of process.stdin);`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const told = Promise.race(['data', 'end'].map((name) => once(child.stdout, name)))
  const all = text(child.stdout)
  return { told, end: () => (child.stdin.end(), all.then((line) => line.trim().split(','))) }
}

test('a port is given to one process only, long before a server listens there', async () => {
  const asking = [portsOf(300), portsOf(300)]
  await Promise.all(asking.map(({ told }) => told))
  const ports = (await Promise.all(asking.map(({ end }) => end()))).flat()
  assert.equal(ports.length, 600)
  assert.equal(new Set(ports).size, 600)
})
