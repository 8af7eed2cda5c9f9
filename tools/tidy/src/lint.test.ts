import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ESLint } from 'eslint'
import { root, workspaceFiles } from './workspace.ts'

const eslint = new ESLint({ cwd: root })
const files = workspaceFiles()

/** The rules that `text` would break in the first file like `place`: one that exists, so that it has types. */
async function broken(place: RegExp, text: string): Promise<(string | null)[]> {
  const path = files.find((file) => place.test(file))
  assert.ok(path, `there is no file like ${place}`)
  const [result] = await eslint.lintText(text, { filePath: join(root, path) })
  assert.ok(result, `${path} is not linted at all`)
  return result.messages.map(({ ruleId, message }) => ruleId ?? message)
}

const app = /^apps\/[\w-]+-service\/src\/app\.ts$/
const config = /^apps\/[\w-]+-service\/src\/config\.ts$/
const store = /^apps\/[\w-]+-service\/src\/[\w-]+\/store\.ts$/
const page = /^apps\/web\/src\/.*\.tsx$/
const lib = /^libs\/contracts\/src\/shape\.ts$/

const byType = '@typescript-eslint/'
const refused: [what: string, place: RegExp, text: string, rule: string][] = [
  ['`any`', lib, 'export const a = (b: any) => b', `${byType}no-explicit-any`],
  ['a promise that nobody waits for', app, 'Promise.resolve(1)', `${byType}no-floating-promises`],
  [
    'a switch that forgets a case',
    lib,
    `export const f = (k: 'a' | 'b') => { switch (k) { case 'a': return 1 } return 2 }`,
    `${byType}switch-exhaustiveness-check`,
  ],
  [
    '`as` in an app',
    app,
    'export const a = JSON.parse("1") as number',
    `${byType}consistent-type-assertions`,
  ],
  ['a default export', lib, 'export default 1', 'no-restricted-syntax'],
  ['a barrel', lib, `export * from './errors.ts'`, 'no-restricted-syntax'],
  ['the environment in app.ts', app, 'export const port = process.env["PORT"]', 'no-restricted-properties'],
  [
    'mongoose in app.ts',
    app,
    `import { Schema } from 'mongoose'\nnew Schema()`,
    `${byType}no-restricted-imports`,
  ],
  [
    'BullMQ in a store',
    store,
    `import { Queue } from 'bullmq'\nnew Queue('q')`,
    `${byType}no-restricted-imports`,
  ],
  ['Node in a page', page, `import 'node:fs'`, `${byType}no-restricted-imports`],
  ['a long function', lib, `export const f = () => {\n${'  f()\n'.repeat(50)}}`, 'house/function-length'],
  ['a long file', lib, '// line\n'.repeat(301), 'max-lines'],
  ['printing in an app', app, 'console.log(1)', 'no-console'],
]
const accepted: [what: string, place: RegExp, text: string][] = [
  ['the environment in config.ts', config, 'export const port = process.env["PORT"]\n'],
  ['mongoose in store.ts', store, `import { Schema } from 'mongoose'\nexport const s = new Schema()\n`],
  [
    'the type of a connection in app.ts',
    app,
    `import type { Connection } from 'mongoose'\nexport type C = Connection\n`,
  ],
  [
    'a long table of short functions',
    lib,
    `export const f = () => ({\n${'  g() {\n    return 1\n  },\n'.repeat(20)}})\n`,
  ],
]

describe('lint', () => {
  for (const [what, place, text, rule] of refused) {
    test(`refuses ${what}`, async () => assert.deepEqual(await broken(place, text), [rule]))
  }
  for (const [what, place, text] of accepted) {
    test(`accepts ${what}`, async () => assert.deepEqual(await broken(place, text), []))
  }
})
