import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ConfigError } from '@aetherlearn/service-kit/config'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { testStores } from '@aetherlearn/testing/stores'
import { openStores } from '../stores.ts'
import { ensureFirstAdmin } from './first-admin.ts'

const servers = await testStores()
const mongo = await servers.connectMongo()
const { accounts, keys } = openStores(mongo, createOutbox(mongo), { sessionSeconds: 3600 })
await servers.prepare(mongo)
after(() => servers.close())

const admin = { email: 'Root@School.test', password: 'long enough' }

test('settings that cannot make an admin stop the start with a sentence', async () => {
  await assert.rejects(ensureFirstAdmin(accounts, { ...admin, email: 'root' }), ConfigError)
  await assert.rejects(ensureFirstAdmin(accounts, { ...admin, password: 'short' }), ConfigError)
  assert.equal(await accounts.hasAdmin(), false)
})

test('two instances that start at once make one admin; later starts change nothing', async () => {
  await Promise.all([ensureFirstAdmin(accounts, admin), ensureFirstAdmin(accounts, admin)])
  await ensureFirstAdmin(accounts, { ...admin, email: 'other@school.test' })
  const { users } = await accounts.list({})
  assert.deepEqual(
    users.map(({ email, role }) => [email, role]),
    [['root@school.test', 'admin']],
  )
})

test('instances that start at once agree on one signing key', async () => {
  const made = await Promise.all(Array.from({ length: 4 }, () => keys.signingKey()))
  assert.equal(new Set(made.map(({ kid }) => kid)).size, 1)
  assert.equal(new Set(made.map(({ privateJwk }) => privateJwk.d)).size, 1)
})
