import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { nodeFlags } from '@aetherlearn/contracts/system'

export type Baseline = { url: string; stop(): Promise<void> }

/**
 * A server in a process of its own, run as our apps are, from a file beside this one that says its address in its first
 * line.
 */
export async function startBaseline(
  file: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Baseline> {
  const script = new URL(file, import.meta.url).pathname
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, stop }
}
