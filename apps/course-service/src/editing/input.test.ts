import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { rawCall } from '@aetherlearn/testing/client'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { draftOf, openFixture } from '../fixture.ts'

const stores = await testStores()
const fixture = await openFixture(stores, await createTokenMint())
after(async () => {
  await fixture.close()
  await stores.close()
})
const { models } = fixture.stores
const instructor = await fixture.person('instructor')
const { courseId, sectionId, lectureIds } = await draftOf(instructor)
const [lectureId = ''] = lectureIds

type Write = { method: string; url: string; body: Record<string, unknown> }
/** Every route that writes a draft, with a body it takes. */
const writes: Write[] = [
  { method: 'POST', url: '/api/v1/course/create', body: { title: 'A', category: 'B' } },
  { method: 'PATCH', url: `/api/v1/course/${courseId}`, body: { title: 'A' } },
  { method: 'POST', url: `/api/v1/course/${courseId}/section`, body: { sectionTitle: 'A' } },
  { method: 'PATCH', url: `/api/v1/course/section/${sectionId}`, body: { sectionTitle: 'A' } },
  { method: 'POST', url: `/api/v1/course/section/${sectionId}/move`, body: { position: 0 } },
  { method: 'POST', url: `/api/v1/course/${sectionId}/lecture`, body: { lectureTitle: 'A' } },
  { method: 'PATCH', url: `/api/v1/course/lecture/${lectureId}`, body: { lectureTitle: 'A' } },
  { method: 'POST', url: `/api/v1/course/lecture/${lectureId}/move`, body: { sectionId, position: 0 } },
  { method: 'PUT', url: `/api/v1/course/${courseId}/people`, body: { userId: courseId, role: 'viewer' } },
  { method: 'POST', url: `/api/v1/course/${courseId}/students`, body: { userId: courseId } },
]
const send = ({ method, url }: Pick<Write, 'method' | 'url'>, body: unknown, type = 'application/json') =>
  rawCall(fixture.app, { method, url, token: instructor.token, body, headers: { 'content-type': type } })
const everything = async () =>
  JSON.stringify([
    await models.Courses.find().lean(),
    await models.Sections.find().lean(),
    await models.Lectures.find().lean(),
  ])

/** Runs `work`; answers what MongoDB itself says it was asked meanwhile. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string> {
  const { db } = fixture.mongo
  assert.ok(db)
  await db.command({ profile: 2 })
  await work()
  await instructor.courses.createCourse({ body: { title: 'witness', category: 'B' } })
  await db.command({ profile: 0 })
  const log = JSON.stringify(await db.collection('system.profile').find().toArray())
  assert.ok(log.includes('witness'))
  return log
}

const foreign = [
  'creator',
  'role',
  'status',
  'totalLectures',
  'sections',
  'lectures',
  'people',
  '_id',
  '__v',
  'version',
]

for (const write of writes) {
  const name = `${write.method} ${write.url.replaceAll(/[0-9a-f]{24}/g, ':id')}`
  test(`${name} takes no field that is not its own`, async () => {
    const before = await everything()
    const others = [...foreign, 'isPublished', 'publishedVersion', 'courseId', 'createdAt']
    for (const field of others.filter((other) => !(other in write.body))) {
      const answer = await send(write, { ...write.body, [field]: 'x' })
      assert.deepEqual([answer.statusCode, answer.json().errors?.[0]?.field], [400, `body.${field}`], field)
    }
    assert.equal(await everything(), before)
  })

  test(`${name} lets no operator, list or object through to MongoDB`, async () => {
    const canary = 'canary-of-the-client'
    const values = ['$ne', '$gt', '$where', '$nor', '$expr', '$set', '$inc'].map((operator) => ({
      [operator]: canary,
    }))
    const log = await commandsDuring(async () => {
      for (const value of [...values, [canary], { [canary]: 1 }, [[canary]]]) {
        for (const field of Object.keys(write.body)) {
          assert.equal((await send(write, { ...write.body, [field]: value })).statusCode, 400)
        }
        assert.equal((await send(write, { ...write.body, revision: value })).statusCode, 400)
      }
      const dotted = { ...write.body, [`people.0.${canary}`]: 1, [`$${canary}`]: 1 }
      assert.equal((await send(write, dotted)).statusCode, 400)
    })
    assert.equal(log.includes(canary), false)
  })

  test(`${name} refuses names that reach for prototypes`, async () => {
    const text = JSON.stringify(write.body).slice(0, -1)
    for (const extra of [
      '"__proto__":{"polluted":1}',
      '"constructor":{"prototype":{"polluted":1}}',
      '"__proto__.polluted":1',
    ]) {
      assert.equal((await send(write, `${text},${extra}}`)).statusCode, 400, extra)
    }
    assert.equal('polluted' in {}, false)
  })

  test(`${name} checks its body whatever content type it comes with`, async () => {
    const before = await everything()
    const wrong = JSON.stringify({ title: 5, sectionTitle: 5, lectureTitle: 5, position: '0', isAdmin: true })
    const types = [
      'application/json',
      'application/json;charset=utf-8',
      'application/json\t; x=y',
      'APPLICATION/JSON',
      'application/json,text/plain',
      ' application/json',
      'text/plain',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'application/vnd.api+json',
    ]
    for (const type of types) {
      const { statusCode } = await send(write, wrong, type)
      assert.ok(statusCode === 400 || statusCode === 415, `${type}: ${statusCode}`)
    }
    assert.equal(await everything(), before)
  })
}

test('operators and lists in paths and queries are refused', async () => {
  const canary = 'ffffffffffffffffffffff'
  const urls = [
    `/api/v1/course/[$ne]${canary}`,
    `/api/v1/course/section/${sectionId}?revision[$gt]=${canary}`,
    `/api/v1/course/section/${sectionId}?revision=1&revision=${canary}`,
    `/api/v1/course/section/${sectionId}?$where=${canary}`,
    `/api/v1/course/lecture/${lectureId}?revision=1e0`,
    `/api/v1/course/lecture/${lectureId}?__proto__[polluted]=${canary}`,
  ]
  const log = await commandsDuring(async () => {
    for (const url of urls) {
      const method = url.includes('?') ? 'DELETE' : 'PATCH'
      assert.equal((await send({ method, url }, method === 'PATCH' ? {} : undefined)).statusCode, 400, url)
    }
  })
  assert.equal(log.includes(canary), false)
  assert.ok(await models.Lectures.exists({ _id: lectureId }))
})
