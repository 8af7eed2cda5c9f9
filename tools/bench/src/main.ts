import { catalogueBench } from './catalogue.ts'
import { dashboardBench } from './dashboard.ts'
import { gatewayBench } from './gateway.ts'
import { machineLine, type Figure } from './figures.ts'
import { outlineBench } from './outline.ts'
import { progressFlushBench } from './progress-flush.ts'
import { progressReadBench } from './progress-read.ts'
import { progressSaveBench } from './progress-save.ts'
import { recordsBench } from './records.ts'
import { telemetryBench } from './telemetry.ts'
import { transcodeBench } from './transcode.ts'
import { uploadBench } from './upload.ts'
import { withBenchStack, type BenchStack } from './stack.ts'

/** At the end, or one by one as they are had. */
type Figures = Promise<Figure[]> | AsyncIterable<Figure>

/** Those that measure the whole system, started once for all of them. */
const onTheStack: Record<string, (stack: BenchStack) => Figures> = {
  gateway: gatewayBench,
  catalogue: catalogueBench,
  upload: uploadBench,
  outline: outlineBench,
}
/** Those that start what they need by themselves. */
const byThemselves: Record<string, () => Figures> = {
  'progress-save': progressSaveBench,
  'progress-flush': progressFlushBench,
  'progress-read': progressReadBench,
  records: recordsBench,
  telemetry: telemetryBench,
  dashboard: dashboardBench,
  transcode: transcodeBench,
}

const chosen = <T>(benches: Record<string, T>, names: string[]): T[] =>
  Object.keys(benches).flatMap((name) =>
    (names.length === 0 || names.includes(name)) && benches[name] !== undefined ? [benches[name]] : [],
  )

/** As each figure is had: an error later on takes none of them back. */
async function print(figures: Figures) {
  for await (const figure of await figures) process.stdout.write(`${JSON.stringify(figure)}\n`)
}

/** `npm run bench -- NAME`; without a name all of them. */
async function run(names: string[]) {
  const known = [...Object.keys(onTheStack), ...Object.keys(byThemselves)]
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    process.stderr.write(`There is no benchmark "${unknown}"; there are: ${known.join(', ')}\n`)
    return 1
  }
  process.stdout.write(`${machineLine()}\n`)
  for (const bench of chosen(byThemselves, names)) await print(bench())
  const others = chosen(onTheStack, names)
  if (others.length > 0) {
    await withBenchStack(async (stack) => {
      for (const bench of others) await print(bench(stack))
    })
  }
  return 0
}

process.exitCode = await run(process.argv.slice(2))
