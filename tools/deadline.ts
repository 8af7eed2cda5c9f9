import { writeSync } from 'node:fs'

/**
 * Loaded into every test file. node:test limits single tests, not files: one that leaves a connection or a process
 * open would hold up the run for ever. The timer alone keeps nothing alive.
 */
const limitMs = Number(process.env['TEST_FILE_LIMIT_MS'])

// The process that starts the files loads this too.
if (process.env['NODE_TEST_CONTEXT'] !== undefined && limitMs > 0) {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ')
    writeSync(2, `${process.argv[1]} has not ended after ${limitMs / 1000} s; still open: ${open}\n`)
    process.exit(1)
  }, limitMs).unref()
}
