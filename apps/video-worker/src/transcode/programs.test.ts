import assert from 'node:assert/strict'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { programSettings, scripted, temporaryFolder, walled } from '../fixture.ts'
import { openPrograms, type SandboxMode } from './programs.ts'
import { runProgram } from './run.ts'

/** A bubblewrap that is run where the kernel lets nobody make namespaces, as in most pods. */
async function forbidden(context: TestContext): Promise<string> {
  const file = join(await temporaryFolder(context), 'bwrap')
  const pod = 'bwrap --unshare-user --disable-userns --dev-bind / /'
  await writeFile(file, `#!/bin/sh\nexec ${pod} bwrap "$@"\n`)
  await chmod(file, 0o755)
  return file
}

async function open(mode: SandboxMode, bwrap: string) {
  const warnings: string[] = []
  const opened = await openPrograms({ ...programSettings, mode, bwrap }, (reason, message) =>
    warnings.push(`${message} (${reason})`),
  )
  return { kind: opened.sandbox.kind, warnings }
}

test('where the kernel forbids namespaces, a sentence says what still holds', walled, async (context) => {
  const { kind, warnings } = await open('auto', await forbidden(context))
  assert.equal(kind, 'limits')
  assert.equal(warnings.length, 1)
  assert.match(
    warnings[0] ?? '',
    /without a sandbox.*still holds.*no new privileges.*limits.*network policy.*namespace/s,
  )
})

test('where it allows them nothing is said, nor where nobody wants them', walled, async () => {
  assert.deepEqual(await open('auto', 'bwrap'), { kind: 'walls', warnings: [] })
  assert.deepEqual(await open('required', 'bwrap'), { kind: 'walls', warnings: [] })
  assert.deepEqual(await open('off', 'bwrap'), { kind: 'limits', warnings: [] })
})

test('a worker that must have the sandbox does not start without it', async (context) => {
  for (const bwrap of [await forbidden(context), '/nowhere/bwrap']) {
    await assert.rejects(open('required', bwrap), /SANDBOX is required, and bubblewrap does not run here: .+/)
  }
})

test('without walls, a program still gains no privilege and learns no setting', async (context) => {
  process.env['MONGO_URL_OF_TEST'] = 'secret'
  const script = 'grep NoNewPrivs /proc/self/status; env'
  const limited = await scripted(context, script, { mode: 'off' })
  const { output } = await runProgram(limited, 'ffmpeg', [], { limitMs: 10_000 })
  assert.match(output, /^NoNewPrivs:\s+1$/m)
  assert.doesNotMatch(output, /MONGO/)
})
