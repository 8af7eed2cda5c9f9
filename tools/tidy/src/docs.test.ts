import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { deadNames, groundOf, isDocument } from './docs.ts'
import { read, workspaceFiles } from './workspace.ts'

const Manifest = Type.Object({ scripts: Type.Record(Type.String(), Type.String()) })
const { scripts } = Value.Parse(Manifest, JSON.parse(read('package.json')))
const files = workspaceFiles()
const ground = groundOf(files, Object.keys(scripts))

describe('documents', () => {
  test('name only files, folders, packages and commands that exist', () => {
    const documents = files.filter(isDocument)
    const dead = documents.flatMap((path) =>
      deadNames(path, read(path), ground).map((name) => `${path}: ${name}`),
    )
    assert.deepEqual(dead, [])
  })

  const known = groundOf(
    ['README.md', 'apps/lake/README.md', 'apps/lake/src/main.ts', 'libs/oar/src/row.ts'],
    ['start'],
  )
  const dead = (text: string) => deadNames('apps/lake/README.md', text, known)

  test('that name a file which is gone are found, as a link, a path, a package or a command', () => {
    assert.deepEqual(dead('see [this](src/gone.ts)'), ['src/gone.ts'])
    assert.deepEqual(dead('see `apps/lake/src/gone.ts` and `gone.ts`'), ['apps/lake/src/gone.ts', 'gone.ts'])
    assert.deepEqual(dead('see `@aetherlearn/oar/gone`'), ['@aetherlearn/oar/gone'])
    assert.deepEqual(dead('```\nnpm run gone\n```'), ['npm run gone'])
  })

  test('that name what is there are left alone, and so are patterns, addresses and media types', () => {
    assert.deepEqual(
      dead('[main](src/main.ts) `main.ts` `src/main.ts` `apps/lake/` [up](../../README.md#top)'),
      [],
    )
    assert.deepEqual(dead('`@aetherlearn/oar/row` `npm run start` `apps/<name>` `*.test.ts`'), [])
    assert.deepEqual(dead('[web](https://example.org/x.ts) `/openapi.json` `application/json`'), [])
  })
})
