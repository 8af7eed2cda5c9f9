import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { addToMap, nextPort } from './edits.ts'
import { generate } from './generate.ts'
import { namesFrom } from './names.ts'

const root = join(import.meta.dirname, '../../..')

/** The workspace as it is now, in a folder of its own: sources copied, packages linked. */
function copyOfWorkspace(): string {
  const copy = mkdtempSync(join(tmpdir(), 'aetherlearn-new-service-'))
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const path of new Set(
    listed.split('\0').filter((name) => name !== '' && existsSync(join(root, name))),
  )) {
    mkdirSync(dirname(join(copy, path)), { recursive: true })
    cpSync(join(root, path), join(copy, path))
  }
  linkPackages(copy)
  execFileSync('git', ['init', '--quiet'], { cwd: copy })
  appendFileSync(join(copy, '.git/info/exclude'), 'node_modules\n')
  return copy
}

/** Packages of others are linked; our own lead to the copy, as npm's links are relative. */
function linkPackages(copy: string) {
  const modules = join(root, 'node_modules')
  mkdirSync(join(copy, 'node_modules'))
  for (const name of readdirSync(modules)) {
    if (name !== '@aetherlearn' && name !== '.cache')
      symlinkSync(join(modules, name), join(copy, 'node_modules', name))
  }
  cpSync(join(modules, '@aetherlearn'), join(copy, 'node_modules/@aetherlearn'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  for (const group of ['apps', 'libs', 'tools']) {
    for (const project of readdirSync(join(copy, group))) {
      const nested = join(root, group, project, 'node_modules')
      if (existsSync(nested)) symlinkSync(nested, join(copy, group, project, 'node_modules'))
    }
  }
}

/** Runs a program in the copy; its output where it fails. */
function complaint(cwd: string, command: string, ...args: string[]): string {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`
  const env = { ...process.env, PATH: path, NODE_TEST_CONTEXT: undefined }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}` || `${command} ended with ${status}`
}

describe('a new service', () => {
  const copy = copyOfWorkspace()
  after(() => rmSync(copy, { recursive: true }))
  const { files, port } = generate(copy, 'study-group')
  const own = files.filter((path) => path.endsWith('.ts'))

  test('is formatted like the rest', () => {
    assert.equal(complaint(copy, 'prettier', '--write', '--log-level=warn', ...files), '')
    assert.equal(complaint(copy, 'prettier', '--check', '--log-level=warn', ...files), '')
  })

  test('compiles, with the map that it is on', () => {
    const include = ['apps/study-group-service/src', 'libs/contracts/src', 'tools/local-stack/src/*.d.ts']
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify({ extends: './tsconfig.base.json', include }))
    assert.equal(complaint(copy, 'tsc'), '')
  })

  test('keeps the rules of lint and the boundaries', () => {
    assert.equal(complaint(copy, 'eslint', '--max-warnings=0', ...own), '')
  })

  test('keeps the house rules, and is in docker-compose.yml and k8s as the map says', () => {
    const rules = ['rules', 'docs', 'deployment'].map((name) => `tools/tidy/src/${name}.test.ts`)
    assert.equal(complaint(copy, 'node', '--test', ...rules), '')
  })

  test('passes its own tests, on a real MongoDB', () => {
    assert.equal(complaint(copy, 'node', '--test', 'apps/study-group-service/src/**/*.test.ts'), '')
  })

  test('has the next free port and a way to it from the gateway', () => {
    const map = readFileSync(join(copy, 'libs/contracts/src/system.ts'), 'utf8')
    assert.match(map, new RegExp(`'study-group-service': \\{[^}]*port: ${port},`))
    assert.match(map, /gateway: \{[^}]*'study-group-service'/)
    assert.equal(nextPort(map), port + 1)
  })

  test('cannot be made twice, nor over a contract that is there', () => {
    assert.throws(() => generate(copy, 'study-group-service'), /there already/)
    assert.throws(() => generate(copy, 'shape'), /shape\.ts: there already/)
  })
})

describe('names', () => {
  test('are small letters and hyphens, with or without the ending', () => {
    assert.deepEqual(namesFrom('study-group-service'), namesFrom('study-group'))
    for (const bad of ['', 'Study', 'study_group', '../study', '-service', 'a--b']) {
      assert.throws(() => namesFrom(bad), /no name for a service/)
    }
  })
})

test('a map without a place for the service is left alone', () => {
  assert.throws(() => addToMap('export const system = {}', namesFrom('a'), 4009), /No place was found/)
})
