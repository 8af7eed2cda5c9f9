import { globSync } from 'node:fs'
import { withStores } from './stores.ts'
import { format, lint, root, runStages, runTests, types, type Stage } from './stages.ts'

/** `npm test -- FILTER` runs only the test files with FILTER in their path, and nothing else. */
const filter = process.argv[2] ?? ''
const matches = (pattern: string | string[]) =>
  globSync(pattern, { cwd: root, exclude: (name) => name.includes('node_modules') })
    .filter((path) => path.includes(filter))
    .sort()

const testFiles = matches(['{apps,libs,tools}/**/*.test.ts'])
const journeys = matches('e2e/src/main.ts')

const units: Stage = {
  name: 'house rules, unit and service tests',
  run: () => withStores((env) => runTests({ files: testFiles, concurrency: 2, env, timeoutMs: 180_000 })),
}
const endToEnd: Stage = {
  name: 'end-to-end journeys',
  run: () => runTests({ files: journeys, concurrency: 1, timeoutMs: 600_000 }),
}

const everything = [format, lint({ useCache: false }), types, units, endToEnd]
const chosen = [...(testFiles.length > 0 ? [units] : []), ...(journeys.length > 0 ? [endToEnd] : [])]
if (filter !== '' && chosen.length === 0) console.log(`No test file has "${filter}" in its path.`)

const { ok, passed, failed } = await runStages(filter === '' ? everything : chosen)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = ok && passed > 0 ? 0 : 1
