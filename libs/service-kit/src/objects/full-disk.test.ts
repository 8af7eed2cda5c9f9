import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'

/** A mount namespace of its own, in which a small tmpfs can be mounted; not every machine allows that. */
const inNamespace = ['--user', '--map-root-user', '--mount']
const allowed = spawnSync('unshare', [...inNamespace, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
const skip = allowed ? false : 'needs a user namespace that may mount a tmpfs'

test(
  'disk: a full disk is told as such, leaves no half object, and takes the part once there is room',
  { skip },
  () => {
    const fixture = join(import.meta.dirname, 'full-disk.fixture.ts')
    const script = 'mount -t tmpfs -o size=8m tmpfs /mnt && exec "$0" "$1" /mnt'
    const { status, stdout, stderr } = spawnSync(
      'unshare',
      [...inNamespace, 'sh', '-c', script, process.execPath, fixture],
      { encoding: 'utf8' },
    )
    assert.equal(status, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), {
      put: 'STORAGE_FULL',
      part: 'STORAGE_FULL',
      seen: [],
      staged: 1,
      later: 6_000_000,
    })
  },
)
