import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileRules, foldersWithoutReadme, type Rule } from './rules.ts'
import { exists, projects, read, workspaceFiles } from './workspace.ts'

const files = workspaceFiles()
const binary = /\.(png|jpe?g|webp|ico|woff2?|mp4)$/
const texts = new Map(files.filter((path) => !binary.test(path)).map((path) => [path, read(path)]))

const keeps: Record<keyof typeof fileRules, string> = {
  shortEnough: 'no file of code has more than 300 lines',
  namedForItsJob: 'no file or folder has an empty name',
  kebabCase: 'files of code are named in kebab-case',
  settingsInOnePlace: 'the environment is read in config.ts and main.ts only',
  todoHasIssue: 'what is left to do has the number of an issue',
  noTestLeftOut: 'no test is singled out or left out',
}

describe('house rules', () => {
  for (const [name, rule] of Object.entries<Rule>(fileRules)) {
    test(sentence(name), () => {
      const faults = [...texts].flatMap(([path, text]) =>
        rule(path, text).map((fault) => `${path}: ${fault}`),
      )
      assert.deepEqual(faults, [])
    })
  }

  test('every app, lib and tool has a README', () => {
    assert.deepEqual(foldersWithoutReadme(files), [])
  })

  test('every project with tests can run them by `nx test`, and no other says that it can', () => {
    const nxRuns = (folder: string) => files.some((path) => path.startsWith(`${folder}/src/`) && isTest(path))
    const own = projects().filter(({ folder }) => folder !== 'e2e')
    const wrong = own.filter(({ folder, scripts }) => nxRuns(folder) !== (scripts['test'] !== undefined))
    assert.deepEqual(wrong, [])
  })

  test('the workspace has its README, map and rules for contributors', () => {
    const missing = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/add-a-service.md'].filter(
      (f) => !exists(f),
    )
    assert.deepEqual(missing, [])
  })
})

const isTest = (path: string) => /\.test\.tsx?$/.test(path)

function sentence(name: string): string {
  const found = Object.entries(keeps).find(([rule]) => rule === name)
  assert.ok(found, `the rule ${name} has no sentence`)
  return found[1]
}

/** For each rule: a file that breaks it, and one close to it that does not. */
const samples: [keyof typeof fileRules, broken: [string, string], kept: [string, string]][] = [
  ['shortEnough', ['apps/x/src/a.ts', 'a\n'.repeat(301)], ['apps/x/src/a.ts', 'a\n'.repeat(300)]],
  ['namedForItsJob', ['libs/x/src/string-utils.ts', ''], ['libs/x/src/database.ts', '']],
  ['kebabCase', ['apps/web/src/LoginPage.tsx', ''], ['apps/web/src/login-page.test.tsx', '']],
  [
    'settingsInOnePlace',
    ['apps/x/src/app.ts', 'process.env.PORT'],
    ['apps/x/src/config.ts', 'process.env.PORT'],
  ],
  ['todoHasIssue', ['apps/x/src/a.ts', `// ${'TO'}DO later`], ['apps/x/src/a.ts', `// ${'TO'}DO(#12) later`]],
  [
    'noTestLeftOut',
    ['apps/x/src/a.test.ts', `test.${'skip'}('x')`],
    ['apps/x/src/a.test.ts', `skipped.skip()`],
  ],
]

describe('the rules themselves', () => {
  for (const [name, broken, kept] of samples) {
    test(`${name} finds what breaks it and leaves alone what does not`, () => {
      assert.equal(fileRules[name](...broken).length, 1)
      assert.deepEqual(fileRules[name](...kept), [])
    })
  }
})
