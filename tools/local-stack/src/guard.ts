import { spawn, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'

/** Waits for the end of its input, then kills the process group that it was given. */
const SCRIPT = 'read -r _; kill -9 "-$0"'

/**
 * Lets a process group of ours end with us, also when we are killed and can do nothing for it any more: a shell waits
 * for a pipe that closes with this process, however it ends. Gives the way to take the guard away.
 */
export function endWithUs(leader: ChildProcess): () => void {
  if (leader.pid === undefined) return () => {}
  const guard = spawn('/bin/sh', ['-c', SCRIPT, `${leader.pid}`], {
    // Away from the terminal's group, as its Ctrl-C would end the guard before us.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
  })
  // Without a shell there is no guard, and the next start finds what is left by its process file.
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  guard.unref()
  ;(guard.stdin as Socket).unref()
  return () => void guard.kill('SIGKILL')
}
