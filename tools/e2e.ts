import { endToEnd, runStages } from './stages.ts'

const { ok, passed, failed } = await runStages([endToEnd(process.argv[2] ?? '')])
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = ok ? 0 : 1
