import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { ESLint } from 'eslint'
import { mayImport } from './boundaries.ts'
import { projects, read, root, workspaceFiles, type Project } from './workspace.ts'

const eslint = new ESLint({ cwd: root })
const files = workspaceFiles()

/** Lints `lines` as if they were the text of `path`, by the workspace's own configuration; the lines refused. */
async function refusedLines(path: string, lines: string[], rule: string): Promise<Set<string>> {
  const [result] = await eslint.lintText(lines.join('\n') + '\n', { filePath: join(root, path) })
  assert.ok(result, `${path} is not linted at all`)
  const fatal = result.messages.find((message) => message.fatal)
  assert.equal(fatal, undefined, `${path}: ${fatal?.message}`)
  const refused = result.messages.filter((message) => message.ruleId === rule)
  return new Set(refused.map(({ line }) => lines[line - 1] ?? ''))
}

const isRunning = (path: string) => /(?<!\.test|\.fixture)\.tsx?$/.test(path)

/** A file that is no test and whose place the imports are tried in; it is not changed. */
function sourceOf({ folder }: Project): string {
  const path = files.find((file) => file.startsWith(`${folder}/src/`) && isRunning(file))
  assert.ok(path, `${folder} has no source file`)
  return path
}

const importOf = ({ name }: Project) => `import '${name}/main'`
const rule = '@nx/enforce-module-boundaries'

describe('who may import whom', () => {
  for (const project of projects()) {
    test(`${project.folder} imports what its row of the table allows, and nothing else of ours`, async () => {
      const allowed = mayImport[project.tag]
      assert.ok(allowed, `no row for ${project.tag} in tools/tidy/src/boundaries.ts`)
      const others = projects().filter((other) => other.name !== project.name)
      const refused = await refusedLines(sourceOf(project), others.map(importOf), rule)
      const expected = others.filter((other) => !allowed.includes(other.tag)).map(importOf)
      assert.deepEqual([...refused].sort(), expected.sort())
    })
  }

  test('contracts import typebox and no other package, so that they run anywhere', async () => {
    const lines = [`import 'typebox'`, `import 'fastify'`, `import 'mongoose'`, `import 'node:fs'`]
    const refused = await refusedLines('libs/contracts/src/shape.ts', lines, rule)
    assert.deepEqual([...refused], [`import 'fastify'`, `import 'mongoose'`])
    const byName = '@typescript-eslint/no-restricted-imports'
    const builtIn = await refusedLines('libs/contracts/src/shape.ts', lines, byName)
    assert.deepEqual([...builtIn], [`import 'node:fs'`])
  })

  test('fixtures, which may import what tests may, are imported by no running code', () => {
    const running = files.filter((path) => /^(apps|libs)\//.test(path) && isRunning(path))
    assert.deepEqual(
      running.filter((path) => /from '[^']*\.fixture\.tsx?'/.test(read(path))),
      [],
    )
  })

  test('a relative path does not lead around the table', async () => {
    const line = `import '../../../apps/course-service/src/app.ts'`
    assert.deepEqual([...(await refusedLines('libs/contracts/src/shape.ts', [line], rule))], [line])
  })
})
