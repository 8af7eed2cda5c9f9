import { execFileSync } from 'node:child_process'
import { globSync } from 'node:fs'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { format, lint, root, run, runStages, runTests, types, type Stage } from './stages.ts'
import { withStores } from './stores.ts'

/** What the work is compared with: the shared branch where it is known, otherwise the commit before this one. */
function base(): string {
  for (const commit of ['origin/main', 'HEAD~1']) {
    try {
      const args = ['rev-parse', '--verify', '--quiet', `${commit}^{commit}`]
      execFileSync('git', args, { cwd: root, stdio: 'ignore' })
      return commit
    } catch {
      // Not known here: try the next.
    }
  }
  return 'HEAD'
}

/** Names of projects with tests that the work since `base` touches; the house rules run by themselves. */
function affected(since: string): string[] {
  const args = ['show', 'projects', '--affected', `--base=${since}`, '--withTarget=test', '--json']
  const listed = execFileSync('node_modules/.bin/nx', args, { cwd: root, encoding: 'utf8' })
  const names = Value.Parse(Type.Array(Type.String()), JSON.parse(listed))
  return names.filter((name) => name !== '@aetherlearn/tidy')
}

const houseRules: Stage = {
  name: 'house rules',
  run: () =>
    runTests({
      files: globSync('tools/tidy/src/*.test.ts', { cwd: root }),
      concurrency: 2,
      timeoutMs: 60_000,
      fileLimitMs: 110_000,
      limitMs: 120_000,
    }),
}

const affectedTests: Stage = {
  name: 'affected tests',
  run: async () => {
    const since = base()
    const names = affected(since)
    console.log(
      names.length > 0 ? `Changed since ${since}: ${names.join(', ')}` : `Nothing changed since ${since}`,
    )
    if (names.length === 0) return true
    const args = ['run-many', '-t', 'test', `--projects=${names.join(',')}`, '--outputStyle=stream']
    return withStores((env) => run('nx', args, { env, limitMs: 10 * 60_000 }))
  },
}

const { ok } = await runStages([[lint({ useCache: true }), format, types], houseRules, affectedTests])
// At once: a Docker engine that was asked and never answers would keep us.
process.exit(ok ? 0 : 1)
