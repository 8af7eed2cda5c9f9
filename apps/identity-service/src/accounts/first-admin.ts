import { Email, Password } from '@aetherlearn/contracts/identity'
import { ConfigError } from '@aetherlearn/service-kit/config'
import { Compile } from 'typebox/compile'
import { createPasswords } from './passwords.ts'
import type { AccountStore } from './store.ts'

const isEmail = Compile(Email)
const isPassword = Compile(Password)

/** Makes the admin that the settings name where there is no admin yet. Both empty: nothing happens. */
export async function ensureFirstAdmin(accounts: AccountStore, admin: { email: string; password: string }) {
  if (admin.email === '' && admin.password === '') return
  if (!isEmail.Check(admin.email)) throw new ConfigError('ADMIN_EMAIL is not an email address')
  if (!isPassword.Check(admin.password))
    throw new ConfigError('ADMIN_PASSWORD must have 10 to 200 characters')
  if (await accounts.hasAdmin()) return
  const passwordHash = await createPasswords().hash(admin.password)
  await accounts.makeFirstAdmin({ email: admin.email, fullName: 'Administrator', passwordHash })
}
