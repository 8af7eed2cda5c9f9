import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../fixture.ts'
import { openWorkFolder } from './work-folder.ts'

test('a lent folder is gone after success and after failure', async (context) => {
  const root = await temporaryFolder(context)
  const { lend } = await openWorkFolder(root)
  assert.equal(await lend((folder) => writeFile(join(folder, 'source'), 'x').then(() => 'made')), 'made')
  await assert.rejects(
    lend(() => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.deepEqual(await readdir(root), [])
})

test('folders of dead processes are swept, those of living ones and of others stay', async (context) => {
  const root = await temporaryFolder(context)
  const gone = spawn('true')
  await once(gone, 'exit')
  const names = {
    dead: `${gone.pid}-123-abc`,
    // The number belongs to a living process, but to a later one than the folder's.
    reused: `${process.ppid}-1-abc`,
    foreign: 'of-somebody-else',
  }
  for (const name of Object.values(names)) await mkdir(join(root, name))
  const first = await openWorkFolder(root)
  assert.deepEqual(await readdir(root), [names.foreign])
  await first.lend(async () => {
    await openWorkFolder(root)
    assert.equal((await readdir(root)).length, 2)
  })
})
