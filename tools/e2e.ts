import { endToEnd, runStages } from './stages.ts'

const { ok, passed, failed } = await runStages([endToEnd])
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = ok ? 0 : 1
