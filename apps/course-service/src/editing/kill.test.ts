import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture } from '../fixture.ts'
import { assertWhole } from './curriculum.fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const instructor = await fixture.person('instructor')

/** Edits a course in a process of its own, which is killed some milliseconds after its first edit. */
async function editUntilKilled(ms: number) {
  const { courseId, sectionId } = await draftOf(instructor, [])
  const body = { sectionTitle: 'Two' }
  const { _id } = await instructor.courses.addSection({ params: { courseId }, body })
  const program = join(import.meta.dirname, 'edits.fixture.ts')
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const place = { url: stores.mongoUrl, database: stores.database }
  const order = { ...place, courseId, creator: instructor.id, sectionIds: [sectionId, _id] }
  child.stdin.write(`${JSON.stringify(order)}\n`)
  const gone = once(child, 'exit')
  const [present, uncertain] = [new Set<string>(), new Set<string>()]
  let killing: Promise<void> | undefined
  for await (const line of createInterface(child.stdout)) {
    const { added, deleting } = JSON.parse(line) as { added?: string; deleting?: string }
    if (added !== undefined) present.add(added)
    if (deleting !== undefined) uncertain.add(deleting)
    if (added !== undefined) killing ??= pause(ms).then(() => void child.kill('SIGKILL'))
  }
  await killing
  assert.deepEqual(await gone, [null, 'SIGKILL'])
  return { courseId, certain: [...present].filter((id) => !uncertain.has(id)) }
}

test('twenty times killed in the middle of its edits, a course is whole and what was answered is there', async () => {
  for (let round = 0; round < 5; round += 1) {
    const runs = Array.from({ length: 4 }, (_, n) => editUntilKilled(round * 40 + n * 11))
    for (const { courseId, certain } of await Promise.all(runs)) {
      const { lectures } = await assertWhole(fixture.stores.models, courseId)
      const ids = new Set(lectures.map(({ _id }) => String(_id)))
      assert.deepEqual(
        certain.filter((id) => !ids.has(id)),
        [],
      )
    }
  }
})
