import { withStores } from './stores.ts'
import { endToEnd, format, lint, runStages, runTests, testFilesIn, types, type Stage } from './stages.ts'

/** `npm test -- FILTER` runs only the test files with FILTER in their path, and nothing else. */
const filter = process.argv[2] ?? ''
const testFiles = testFilesIn('{apps,libs,tools}', filter)

const units: Stage = {
  name: 'house rules, unit and service tests',
  run: () =>
    withStores((env) =>
      runTests({
        files: testFiles,
        concurrency: 2,
        env,
        timeoutMs: 180_000,
        fileLimitMs: 240_000,
        limitMs: 20 * 60_000,
      }),
    ),
}
// Lint takes one processor and much longer than the other two.
const everything = [[lint({ useCache: false }), format, types], units, endToEnd('')]
const chosen = [
  ...(testFiles.length > 0 ? [units] : []),
  ...(testFilesIn('e2e', filter).length > 0 ? [endToEnd(filter)] : []),
]
if (filter !== '' && chosen.length === 0) console.log(`No test file has "${filter}" in its path.`)

const { ok, passed, failed } = await runStages(filter === '' ? everything : chosen)
console.log(`${passed} passed, ${failed} failed`)
// At once: a Docker engine that was asked and never answers would keep us.
process.exit(ok && passed > 0 ? 0 : 1)
