import { globSync } from 'node:fs'
import { withStores } from './stores.ts'
import { endToEnd, format, lint, root, runStages, runTests, types, type Stage } from './stages.ts'

/** `npm test -- FILTER` runs only the test files with FILTER in their path, and nothing else. */
const filter = process.argv[2] ?? ''
const testFiles = globSync('{apps,libs,tools}/**/*.test.ts', { cwd: root, exclude: ['**/node_modules/**'] })
  .filter((path) => path.includes(filter))
  .sort()

const units: Stage = {
  name: 'house rules, unit and service tests',
  run: () => withStores((env) => runTests({ files: testFiles, concurrency: 2, env, timeoutMs: 180_000 })),
}
const everything = [format, lint({ useCache: false }), types, units, endToEnd]
const chosen = [
  ...(testFiles.length > 0 ? [units] : []),
  ...('e2e/src/main.ts'.includes(filter) ? [endToEnd] : []),
]
if (filter !== '' && chosen.length === 0) console.log(`No test file has "${filter}" in its path.`)

const { ok, passed, failed } = await runStages(filter === '' ? everything : chosen)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = ok && passed > 0 ? 0 : 1
