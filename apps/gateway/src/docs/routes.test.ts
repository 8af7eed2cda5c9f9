import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, test } from 'node:test'
import { appNames, apps } from '@aetherlearn/contracts/system'
import { rawCall } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const gateway = await openFixture({ redisUrl: stores.redisUrl, verifyToken: mint.verifyToken })
after(async () => {
  await gateway.close()
  await stores.close()
})
const get = (url: string) => rawCall(gateway.app, { method: 'GET', url })

test('the API document names every endpoint of every service with its access rule', async () => {
  const document = (await get('/openapi.json')).json()
  for (const name of appNames) {
    for (const entry of apps[name].apis.flatMap((api) => Object.values(api))) {
      const path = entry.url.replace(/:(\w+)/g, '{$1}').replace('*', '{*}')
      const operation = document.paths[path]?.[entry.method.toLowerCase()]
      assert.equal(operation?.summary, entry.summary, entry.url)
      const { access } = entry.config
      const open = access === 'public' || access === 'signed-url'
      const asked = [access === 'credentials' ? { basic: [] } : { bearer: [] }]
      assert.deepEqual(operation.security, open ? undefined : asked, entry.url)
    }
  }
})

test('the API page needs nothing from elsewhere, and exactly its own inline script may run', async () => {
  const page = await get('/docs/')
  assert.equal(page.statusCode, 200)
  const policy = String(page.headers['content-security-policy'])
  const inline = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(page.body)?.[1] ?? ''
  assert.match(inline, /openapi\.json/)
  const hash = createHash('sha256').update(inline).digest('base64')
  assert.ok(policy.includes(`script-src 'self' 'sha256-${hash}';`))
  assert.doesNotMatch(policy, /https?:/)
  for (const [, address = ''] of page.body.matchAll(/(?:src|href)="([^"]+)"/g))
    assert.doesNotMatch(address, /^(https?:)?\/\//)
  const script = await get('/docs/js/scalar.js')
  assert.equal(script.statusCode, 200)
  assert.match(String(script.headers['content-type']), /javascript/)
})
