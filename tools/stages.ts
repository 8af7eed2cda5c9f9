import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readCounts } from './count-reporter.ts'

/** The root of the repository; every stage runs here. */
export const root = join(import.meta.dirname, '..')

/** Where tools keep what makes their next run faster. Deleting it is always safe. */
const cache = join(root, 'node_modules/.cache')

/** For tools that end by themselves. */
const WITHOUT_END_MS = 60 * 60_000

export type Env = Record<string, string | undefined>
/** `ignore` for tests of this file, whose inner failures are no failures of theirs. */
type Output = 'inherit' | 'ignore'
export type Counts = { passed: number; failed: number }
export type Stage = { name: string; run: () => Promise<boolean | Counts> }

/**
 * Runs the stages in order up to the first that fails, those of a list side by side and each to its end; the totals are
 * of those that ran tests.
 */
export async function runStages(
  stages: (Stage | Stage[])[],
  say = console.log,
): Promise<Counts & { ok: boolean }> {
  const total: Counts = { passed: 0, failed: 0 }
  let ok = true
  for (const next of stages) {
    const ended = await Promise.all([next].flat().map((stage) => runStage(stage, total, say)))
    ok = ended.every(Boolean)
    if (!ok) break
  }
  return { ok, ...total }
}

async function runStage(stage: Stage, total: Counts, say: typeof console.log): Promise<boolean> {
  const start = performance.now()
  const result = await stage.run().catch((error: unknown) => {
    say(error instanceof Error ? error.message : error)
    return false
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  if (typeof result === 'object') {
    total.passed += result.passed
    total.failed += result.failed
  }
  const ok = typeof result === 'object' ? result.failed === 0 && result.passed > 0 : result
  if (typeof result === 'object' && result.passed + result.failed === 0) say(`${stage.name}: no test ran`)
  say(`${ok ? '✔' : '✖'} ${stage.name}: ${ok ? 'passed' : 'failed'} in ${seconds} s`)
  return ok
}

export type RunOptions = { env?: Env; output?: Output; limitMs?: number }

/** Runs a program in the repository with its output in ours; true when it ended well and within its time. */
export async function run(command: string, args: string[], options: RunOptions = {}): Promise<boolean> {
  const { env = {}, output = 'inherit', limitMs = WITHOUT_END_MS } = options
  const child = spawn(command, args, { cwd: root, stdio: output, env: { ...settings(), ...env } })
  // Told to stop, we let the child end first, so that what was started for it is still stopped after it.
  const pass = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass)
  const timers = [
    // On SIGINT node:test names the files that were still running: a test that hangs, or left something open.
    setTimeout(() => child.kill('SIGINT'), limitMs),
    setTimeout(() => child.kill('SIGKILL'), limitMs + 10_000),
  ]
  const ended = Promise.withResolvers<boolean>()
  child.on('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`)
    ended.resolve(false)
  })
  child.on('exit', (code) => ended.resolve(code === 0))
  const ok = await ended.promise
  timers.forEach(clearTimeout)
  process.off('SIGINT', pass).off('SIGTERM', pass)
  return ok
}

/** Programs of this workspace come before those of the machine, so that `node` is Node 24. */
function settings(): Env {
  return {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
    NODE_COMPILE_CACHE: join(cache, 'node'),
    NX_TUI: 'false',
    // What a test of this file starts must not take itself for a part of that test.
    NODE_TEST_CONTEXT: undefined,
  }
}

export type TestRun = {
  files: string[]
  concurrency: number
  env?: Env
  /** Of one test, of one file and of them all. */
  timeoutMs: number
  fileLimitMs: number
  limitMs: number
  output?: Output
}

/** Runs test files with node:test, each in a process of its own, and counts by its own reporter. */
export async function runTests(options: TestRun): Promise<Counts> {
  const { files, concurrency, timeoutMs, fileLimitMs } = options
  const folder = mkdtempSync(join(tmpdir(), 'aetherlearn-test-'))
  const report = join(folder, 'counts')
  const args = [
    '--import',
    join(root, 'tools/deadline.ts'),
    '--test',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutMs}`,
  ]
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${join(root, 'tools/count-reporter.ts')}`, `--test-reporter-destination=${report}`],
  ]
  const env = { ...options.env, TEST_FILE_LIMIT_MS: String(fileLimitMs) }
  try {
    const ok = files.length > 0 && (await run('node', [...args, ...reporters, ...files], { ...options, env }))
    const counts = readCounts(existsSync(report) ? readFileSync(report, 'utf8') : '')
    return judge(counts, ok, options)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Adds the failures that node:test does not count: a file without tests, and a run that broke off. */
function judge(counts: ReturnType<typeof readCounts>, ok: boolean, { files, output = 'inherit' }: TestRun) {
  const { passed, failed } = counts
  if (!ok) return { passed, failed: Math.max(failed, files.length > 0 ? 1 : 0) }
  const empty = files.filter((file) => !counts.files.includes(resolve(root, file)))
  if (output === 'inherit') for (const file of empty) console.log(`✖ ${file} holds no test`)
  return { passed: passed - empty.length, failed: failed + empty.length }
}

const cached = (tool: string) => ['--cache', '--cache-location', join(cache, tool)]

export const format: Stage = {
  name: 'format',
  run: () => run('prettier', ['--check', '--log-level=warn', ...cached('prettier/check'), '.']),
}

/**
 * A cached result knows only its own file, so a boundary or a type that changed elsewhere can go unseen: `check`
 * may use the cache, `npm test` does not.
 */
export const lint = (options: { useCache: boolean }): Stage => ({
  name: 'lint',
  run: () =>
    run('eslint', [
      '--max-warnings=0',
      ...(options.useCache ? [...cached('eslint/'), '--cache-strategy=content'] : []),
      '.',
    ]),
})

export const types: Stage = {
  name: 'types',
  run: async () =>
    (await run('tsc', [])) && (await run('tsc', ['-p', 'apps/web'])) && run('tsc', ['-p', 'e2e']),
}

/** Test files below `folders` with `filter` in their path. */
export const testFilesIn = (folders: string, filter: string): string[] =>
  globSync(`${folders}/**/*.test.ts`, { cwd: root, exclude: ['**/node_modules/**'] })
    .filter((path) => path.includes(filter))
    .sort()

/** The journeys through the gateway, everything running. One at a time: they transcode and drive browsers. */
export const endToEnd = (filter: string): Stage => ({
  name: 'end-to-end journeys',
  run: () =>
    runTests({
      files: testFilesIn('e2e', filter),
      concurrency: 1,
      timeoutMs: 600_000,
      fileLimitMs: 10 * 60_000,
      limitMs: 20 * 60_000,
    }),
})
