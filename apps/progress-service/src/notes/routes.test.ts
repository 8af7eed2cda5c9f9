import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseDeleted, coursePublished } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import { MAX_NOTE_LENGTH, MAX_NOTES_PER_COURSE, type Note } from '@aetherlearn/contracts/progress/notes'
import { ApiError } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { openFixture } from '../fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
let clock = Date.parse('2026-05-01T12:00:00Z')
const service = await openFixture(stores, mint.verifyToken, { now: () => clock })
after(async () => {
  await service.close()
  await stores.close()
})

type Lecture = { lectureId: string; lectureTitle: string; durationSeconds: number }
const lecture = (lectureTitle: string, durationSeconds = 60): Lecture => ({
  lectureId: newId(),
  lectureTitle,
  durationSeconds,
})
const publish = (courseId: string, lectures: Lecture[], version = 1) =>
  service.hear(coursePublished, { courseId, creatorId: courseId, title: 'Algebra', version, lectures })

async function somebody(role: 'student' | 'admin' = 'student') {
  const userId = newId()
  const token = await mint.tokenFor({ id: userId, role })
  return { userId, token, client: clientOf(service.app, progressApi, token) }
}
async function aStudent(lectures = [lecture('Sets'), lecture('Groups')]) {
  const courseId = newId()
  const [first = lecture('')] = lectures
  await publish(courseId, lectures)
  const who = await somebody()
  await service.enrol(who.userId, courseId)
  const add = (second: number, text?: string, { lectureId } = first) =>
    who.client.addNote({ body: { courseId, lectureId, second, ...(text === undefined ? {} : { text }) } })
  const list = async () => (await who.client.listNotes({ query: { courseId } })).notes
  const exported = async () =>
    rawCall(service.app, {
      method: 'GET',
      url: `${progressApi.exportNotes.url}?courseId=${courseId}`,
      token: who.token,
    })
  return { ...who, courseId, lectures, first, add, list, exported }
}
const texts = (notes: Note[]) => notes.map(({ text }) => text)

test('a note is kept, changed, made a bookmark and removed; each answer says how it is then', async () => {
  const { client, courseId, first, add, list } = await aStudent()
  const note = await add(12.5, 'A set is a set.')
  const { lectureId } = first
  const at = '2026-05-01T12:00:00.000Z'
  const made = { courseId, lectureId, lectureTitle: 'Sets', second: 12.5, text: 'A set is a set.' }
  assert.deepEqual(note, { _id: note._id, ...made, createdAt: at, updatedAt: at })
  assert.deepEqual(await list(), [note])
  const params = { noteId: note._id }
  clock += 1000
  const changed = await client.changeNote({ params, body: { text: 'Of things.', second: 13 } })
  assert.deepEqual(changed, {
    ...note,
    text: 'Of things.',
    second: 13,
    updatedAt: '2026-05-01T12:00:01.000Z',
  })
  const bookmark = await client.changeNote({ params, body: { text: null } })
  assert.equal('text' in bookmark, false)
  assert.deepEqual(await list(), [bookmark])
  await client.removeNote({ params })
  assert.deepEqual(await list(), [])
  assert.equal((await refusal(client.removeNote({ params }))).code, 'NOTE_NOT_FOUND')
})

test('notes are listed by lecture and second, a page at a time, of one lecture alone where that is asked', async () => {
  const { client, courseId, lectures, add } = await aStudent([lecture('B'), lecture('A'), lecture('C')])
  const [b, a] = lectures
  const said: [number, string, Lecture | undefined][] = [
    [5, 'a5', a],
    [40, 'b40', b],
    [1, 'a1', a],
    [7, 'b7', b],
    [60, 'a60', a],
  ]
  for (const [second, text, where] of said) await add(second, text, where)
  const read: Note[] = []
  for (let cursor: string | undefined; ;) {
    const page = await client.listNotes({ query: { courseId, limit: 2, ...(cursor && { cursor }) } })
    read.push(...page.notes)
    if (page.nextCursor === undefined) break
    cursor = page.nextCursor
  }
  assert.deepEqual(texts(read), ['b7', 'b40', 'a1', 'a5', 'a60'])
  const { notes } = await client.listNotes({ query: { courseId, lectureId: a?.lectureId ?? '' } })
  assert.deepEqual(texts(notes), ['a1', 'a5', 'a60'])
})

test('notes are their student’s alone: to everybody else, admins too, there is no such note', async () => {
  const { courseId, add, list } = await aStudent()
  const note = await add(1, 'Mine')
  const params = { noteId: note._id }
  for (const { client, userId, token: theirs } of [await somebody(), await somebody('admin')]) {
    await service.enrol(userId, courseId)
    assert.equal(
      (await refusal(client.changeNote({ params, body: { text: 'Yours' } }))).code,
      'NOTE_NOT_FOUND',
    )
    assert.equal((await refusal(client.changeNote({ params, body: { second: 2 } }))).code, 'NOTE_NOT_FOUND')
    assert.equal((await refusal(client.removeNote({ params }))).code, 'NOTE_NOT_FOUND')
    assert.deepEqual((await client.listNotes({ query: { courseId } })).notes, [])
    const url = `${progressApi.exportNotes.url}?courseId=${courseId}`
    const exported = await rawCall(service.app, { method: 'GET', url, token: theirs })
    assert.deepEqual([exported.statusCode, exported.body], [200, '# Notes\n'])
  }
  assert.deepEqual(await list(), [note])
  const anonymous = await rawCall(service.app, {
    method: 'DELETE',
    url: `/api/v1/progress/notes/${note._id}`,
  })
  assert.equal(anonymous.statusCode, 401)
})

test('only who is in the course writes notes, at a lecture that it has and a second that this has', async () => {
  const { client, courseId, first, lectures } = await aStudent([lecture('Sets', 60), lecture('No length', 0)])
  const body = { courseId, lectureId: first.lectureId, second: 60 }
  const refused = async (who: typeof client, wrong: object) => {
    const { status, code, errors } = await refusal(who.addNote({ body: { ...body, ...wrong } }))
    return [status, code, errors?.[0]?.field]
  }
  const stranger = await somebody()
  assert.deepEqual(await refused(stranger.client, {}), [403, 'NOT_ENROLLED', 'body.courseId'])
  const lost = [404, 'LECTURE_NOT_FOUND', 'body.lectureId']
  assert.deepEqual(await refused(client, { lectureId: newId() }), lost)
  assert.deepEqual(await refused(client, { courseId: newId() }), [404, 'COURSE_NOT_FOUND', 'body.courseId'])
  assert.deepEqual(await refused(client, { second: 60.1 }), [400, 'INVALID_INPUT', 'body.second'])
  assert.deepEqual((await client.listNotes({ query: { courseId } })).notes, [])
  const note = await client.addNote({ body })
  const change = client.changeNote({ params: { noteId: note._id }, body: { second: 61 } })
  assert.deepEqual((await refusal(change)).errors?.[0]?.field, 'body.second')
  // Whose length nobody knows takes any second.
  await client.addNote({ body: { ...body, lectureId: lectures[1]?.lectureId ?? '', second: 359_999 } })
})

test('what is no note is refused by its field, and none is made', async () => {
  const { courseId, first, token, list } = await aStudent()
  const body = { courseId, lectureId: first.lectureId, second: 1 }
  const wrong: [object, string][] = [
    [{ second: -1 }, 'body.second'],
    [{ second: '1' }, 'body.second'],
    [{ second: 1e9 }, 'body.second'],
    [{ second: null }, 'body.second'],
    [{ text: '' }, 'body.text'],
    [{ text: ' \n\t ' }, 'body.text'],
    [{ text: 'a'.repeat(MAX_NOTE_LENGTH + 1) }, 'body.text'],
    [{ text: { $ne: '' } }, 'body.text'],
    [{ text: null }, 'body.text'],
    [{ lectureId: { $gt: '' } }, 'body.lectureId'],
    [{ userId: newId() }, 'body.userId'],
  ]
  for (const [change, field] of wrong) {
    const call = { method: 'POST', url: progressApi.addNote.url, token, body: { ...body, ...change } }
    const response = await rawCall(service.app, call)
    const { errors } = response.json<{ errors: { field: string }[] }>()
    assert.deepEqual(
      [response.statusCode, errors[0]?.field],
      [400, field],
      JSON.stringify(change).slice(0, 80),
    )
  }
  for (const query of ['', 'courseId=x', `courseId=${courseId}&cursor=x`, `courseId=${courseId}&limit=201`]) {
    const url = `${progressApi.listNotes.url}?${query}`
    assert.equal((await rawCall(service.app, { method: 'GET', url, token })).statusCode, 400, query)
  }
  assert.deepEqual(await list(), [])
})

test('the longest note is kept letter by letter', async () => {
  const { add, list } = await aStudent()
  const text = '# <b>ž😀\r\n'.repeat(MAX_NOTE_LENGTH / 10)
  assert.equal((await add(1, text)).text, text)
  assert.deepEqual(texts(await list()), [text])
})

test('a course has room for so many notes, however many are written at once; a removed one makes room', async () => {
  const { add, client, userId, courseId, first } = await aStudent()
  const kept = await add(1, 'The first')
  const { lectureId } = first
  const at = new Date(clock)
  const rows = Array.from({ length: MAX_NOTES_PER_COURSE - 3 }, () => ({ userId, courseId, lectureId, at }))
  const Notes = service.mongo.model('Note')
  await Notes.insertMany(
    rows.map(({ at: createdAt, ...row }) => ({ ...row, second: 2, createdAt, updatedAt: createdAt })),
    { ordered: false },
  )
  const notebook = { notes: MAX_NOTES_PER_COURSE - 2 }
  await service.mongo.model('Notebook').updateOne({ userId, courseId }, { $set: notebook })
  // A busy machine sends some away for a moment, maybe when their note is kept.
  let sentAway = 0
  const addOne = () =>
    add(3).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 503) sentAway += 1
      throw error
    })
  const answers = await Promise.allSettled(Array.from({ length: 6 }, () => retry(addOne)))
  const added = answers.filter((answer) => answer.status === 'fulfilled').length
  assert.ok(added <= 2 && added + sentAway >= 2, `${added} were added`)
  const { status, code } = await refusal(add(4))
  assert.deepEqual([status, code], [409, 'TOO_MANY_NOTES'])
  assert.equal(await Notes.countDocuments({ userId, courseId }), MAX_NOTES_PER_COURSE)
  await client.removeNote({ params: { noteId: kept._id } })
  await add(4)
  assert.equal((await refusal(add(5))).code, 'TOO_MANY_NOTES')
  // Another course of theirs has room of its own.
  const other = newId()
  await publish(other, [first])
  await service.enrol(userId, other)
  await client.addNote({ body: { courseId: other, lectureId, second: 1 } })
})

test('who left the course reads, changes, exports and removes their notes, and writes no more', async () => {
  const { userId, courseId, client, add, list, exported } = await aStudent()
  const note = await add(1, 'Kept')
  await service.leave(userId, courseId)
  assert.equal((await refusal(add(2))).code, 'NOT_ENROLLED')
  assert.deepEqual(texts(await list()), ['Kept'])
  const params = { noteId: note._id }
  await client.changeNote({ params, body: { text: 'Still mine', second: 3 } })
  assert.equal((await exported()).body, '# Algebra\n\n## Sets\n\n**0:03**\n\n> Still mine\n')
  await client.removeNote({ params })
  assert.deepEqual(await list(), [])
})

test('lectures are called and ordered as the course has them now; what has gone keeps its name and comes last', async () => {
  const { courseId, lectures, add, list, exported } = await aStudent()
  const [sets, groups] = lectures
  assert.ok(sets && groups)
  for (const [where, text] of [
    [groups, 'g'],
    [sets, 's'],
  ] as const)
    await add(1, text, where)
  await publish(courseId, [lecture('New'), { ...groups, lectureTitle: 'Groups, again' }], 2)
  const seen = (await list()).map(({ lectureTitle, text }) => [lectureTitle, text])
  assert.deepEqual(seen, [
    ['Groups, again', 'g'],
    ['Sets', 's'],
  ])
  const response = await exported()
  assert.equal(
    response.body,
    '# Algebra\n\n## Groups, again\n\n**0:01**\n\n> g\n\n## Sets\n\n**0:01**\n\n> s\n',
  )
  assert.equal(response.headers['content-type'], 'text/markdown; charset=utf-8')
  assert.equal(response.headers['content-disposition'], `attachment; filename="notes-${courseId}.md"`)
})

test('a removed course leaves its students their notes, by the names that its lectures had', async () => {
  const { courseId, add, list, exported, client } = await aStudent()
  const note = await add(1, 'Kept')
  await service.hear(courseDeleted, { courseId, version: 9 })
  assert.deepEqual(await list(), [note])
  assert.equal((await exported()).body, '# Algebra\n\n## Sets\n\n**0:01**\n\n> Kept\n')
  assert.equal((await refusal(add(2))).code, 'COURSE_NOT_FOUND')
  await client.changeNote({ params: { noteId: note._id }, body: { second: 2 } })
  await client.removeNote({ params: { noteId: note._id } })
})

test('a notebook of several hundred long notes is exported whole and in order', async () => {
  const { userId, courseId, first, add, exported } = await aStudent([lecture('Sets', 0)])
  await add(0, 'The first')
  const at = new Date(clock)
  const row = { userId, courseId, lectureId: first.lectureId, createdAt: at, updatedAt: at }
  const many = Array.from({ length: 350 }, (_, i) => ({ ...row, second: 350 - i, text: 'x'.repeat(9000) }))
  await service.mongo.model('Note').insertMany(many)
  const { body } = await exported()
  const clocks = [...body.matchAll(/^\*\*(\d+):(\d\d)\*\*$/gm)].map(([, m, s]) => Number(m) * 60 + Number(s))
  assert.deepEqual(
    clocks,
    Array.from({ length: 351 }, (_, second) => second),
  )
  assert.equal(body.split('x'.repeat(9000)).length, 351)
})
