import { catalogueBench } from './catalogue.ts'
import { gatewayBench } from './gateway.ts'
import { machineLine, type Figure } from './figures.ts'
import { outlineBench } from './outline.ts'
import { progressSaveBench } from './progress-save.ts'
import { uploadBench } from './upload.ts'
import { withBenchStack, type BenchStack } from './stack.ts'

type Bench = (stack: BenchStack) => Promise<Figure[]>

/** `npm run bench -- NAME`; without a name all of them. */
const benches: Record<string, Bench> = {
  'progress-save': progressSaveBench,
  gateway: gatewayBench,
  catalogue: catalogueBench,
  upload: uploadBench,
  outline: outlineBench,
}

async function run(names: string[]) {
  const unknown = names.find((name) => !(name in benches))
  if (unknown !== undefined) {
    process.stderr.write(
      `There is no benchmark "${unknown}"; there are: ${Object.keys(benches).join(', ')}\n`,
    )
    return 1
  }
  const chosen = Object.entries(benches).filter(([name]) => names.length === 0 || names.includes(name))
  const figures = await withBenchStack(async (stack) => {
    const found: Figure[] = []
    for (const [, bench] of chosen) found.push(...(await bench(stack)))
    return found
  })
  process.stdout.write(`\n${machineLine()}\n`)
  for (const figure of figures) process.stdout.write(`${JSON.stringify(figure)}\n`)
  return 0
}

process.exitCode = await run(process.argv.slice(2))
