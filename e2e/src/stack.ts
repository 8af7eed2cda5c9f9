import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppName } from '@aetherlearn/contracts/system'
import { identityApi, type Session } from '@aetherlearn/contracts/identity'
import { adminEmail, demoPassword } from '@aetherlearn/local-stack/demo'
import { startStack, type Stack } from '@aetherlearn/local-stack/stack'
import { createClient } from '@aetherlearn/sdk/client'

/** Lost jobs are noticed within a second or two instead of a minute, and videos are made fast rather than small. */
const quick = { LOCK_DURATION_MS: '3000', STALLED_CHECK_MS: '1000', X264_PRESET: 'superfast' }

export type TestStack = Stack & { close(): Promise<void> }

/** Everything, on free ports, with data of its own that is gone afterwards. */
export async function startTestStack(
  options: { apps?: AppName[]; env?: Record<string, string>; seed?: boolean } = {},
) {
  const home = await mkdtemp(join(tmpdir(), 'aetherlearn-e2e-'))
  const env = { ...quick, ...options.env }
  const stack = await startStack({ home, ports: 'free', ...options, env, log: (line) => console.log(line) })
  const close = async () => {
    await stack.stop()
    await rm(home, { recursive: true, force: true })
  }
  return { ...stack, home, close }
}

const fullName = 'Ivo Instructor'

/** A new account that an admin made an instructor. */
export async function newInstructor(origin: string, email: string): Promise<Session> {
  const anyone = createClient(identityApi, { origin })
  const admin = await anyone.signIn({ body: { email: adminEmail, password: demoPassword } })
  const { user } = await anyone.signUp({ body: { email, password: demoPassword, fullName } })
  const asAdmin = createClient(identityApi, { origin, token: () => admin.accessToken })
  await asAdmin.changeUser({ params: { userId: user.id }, body: { role: 'instructor' } })
  return anyone.signIn({ body: { email, password: demoPassword } })
}
