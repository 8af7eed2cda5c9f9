import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
const service = await openFixture(stores, mint.verifyToken)
after(async () => {
  await service.close()
  await stores.close()
})

test('notes outlive the video: of a shorter one they say where to go, and with a longer one all is as it was', async () => {
  const [userId, courseId, lectureId] = [newId(), newId(), newId()]
  const replaced = (version: number, durationSeconds: number) =>
    service.publish(courseId, [lectureId], version, { durationSeconds })
  await replaced(1, 60)
  await service.enrol(userId, courseId)
  const token = await mint.tokenFor({ id: userId, role: 'student' })
  const client = clientOf(service.app, progressApi, token)
  const add = (second: number, text: string) =>
    client.addNote({ body: { courseId, lectureId, second, text } })
  const list = async () => (await client.listNotes({ query: { courseId } })).notes
  const url = `${progressApi.exportNotes.url}?courseId=${courseId}`
  const early = await add(10, 'Early')
  const late = await add(50, 'Late')
  await replaced(2, 30)
  assert.deepEqual(await list(), [early, { ...late, seekTo: 29 }])
  const params = { noteId: late._id }
  const changed = await client.changeNote({ params, body: { second: 50, text: 'Later' } })
  assert.deepEqual([changed.second, changed.seekTo, changed.text], [50, 29, 'Later'])
  const moved = await refusal(client.changeNote({ params, body: { second: 40 } }))
  assert.equal(moved.errors?.[0]?.field, 'body.second')
  assert.match(
    (await rawCall(service.app, { method: 'GET', url, token })).payload,
    /\*\*0:10\*\*[^]*\*\*0:50\*\*\n\n> Later/,
  )
  await replaced(3, 90)
  assert.deepEqual(
    (await list()).map(({ second, seekTo }) => [second, seekTo]),
    [
      [10, undefined],
      [50, undefined],
    ],
  )
  await replaced(4, 0)
  assert.equal((await list())[1]?.seekTo, undefined)
})
