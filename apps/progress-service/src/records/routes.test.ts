import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { courseDeleted, courseStaffChanged } from '@aetherlearn/contracts/course/events'
import { progressApi } from '@aetherlearn/contracts/progress'
import { clientOf, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { testStores } from '@aetherlearn/testing/stores'
import { createTokenMint } from '@aetherlearn/testing/tokens'
import { enclosing } from '../cmi5/unit.fixture.ts'
import { openFixture } from '../fixture.ts'
import { agent, aStatement, openRoom } from './provider.fixture.ts'

const stores = await testStores()
const mint = await createTokenMint()
let clock = Date.parse('2026-05-01T12:00:00Z')
const service = await openFixture(stores, mint.verifyToken, { now: () => clock })
after(async () => {
  await service.close()
  await stores.close()
})

const aRoom = () => openRoom(service, mint)
const voided = 'http://adlnet.gov/expapi/verbs/voided'
const refTo = (id: string) => ({ objectType: 'StatementRef', id })

test('keys are made, listed without their secret and revoked by those who may change a course, and by nobody else', async () => {
  const { courseId, params, token, key, ask } = await aRoom()
  const creator = clientOf(service.app, progressApi, token)
  const { username: _, secret, ...listed } = key
  assert.deepEqual(await creator.listRecordKeys({ params }), [listed])
  assert.equal(
    (await service.mongo.collection('recordKeys').find().toArray()).some((row) =>
      JSON.stringify(row).includes(secret),
    ),
    false,
  )
  const editorId = newId()
  const editor = clientOf(service.app, progressApi, await mint.tokenFor({ id: editorId, role: 'instructor' }))
  assert.equal((await refusal(editor.listRecordKeys({ params }))).code, 'FORBIDDEN')
  const people = { courseId, staffIds: [editorId] }
  await service.hear(courseStaffChanged, { ...people, editorIds: [], sequence: 1 })
  assert.equal((await refusal(editor.listRecordKeys({ params }))).code, 'FORBIDDEN')
  await service.hear(courseStaffChanged, { ...people, editorIds: [editorId], sequence: 2 })
  assert.deepEqual(await editor.listRecordKeys({ params }), [listed])
  assert.equal((await ask('GET', 'statements')).statusCode, 200)
  await editor.removeRecordKey({ params: { courseId, keyId: key.keyId } })
  assert.equal((await ask('GET', 'statements')).statusCode, 401)
  assert.equal(
    (await refusal(creator.removeRecordKey({ params: { courseId, keyId: key.keyId } }))).status,
    404,
  )
})

test('a key of a course that was deleted opens nothing any more', async () => {
  const { courseId, ask } = await aRoom()
  assert.equal((await ask('GET', 'statements')).statusCode, 200)
  await service.hear(courseDeleted, { courseId, version: 9 })
  assert.equal((await ask('GET', 'statements')).statusCode, 401)
})

test('what one course records no key of another sees, changes or finds taken', async () => {
  const [one, other] = [await aRoom(), await aRoom()]
  const said = aStatement()
  assert.equal((await one.add(said)).statusCode, 200)
  assert.equal((await other.ask('GET', `statements?statementId=${said.id}`)).statusCode, 404)
  assert.deepEqual(await other.ids(), [])
  assert.equal((await other.add(aStatement({ id: said.id, actor: agent('eve') }))).statusCode, 200)
  await other.add(aStatement({ verb: { id: voided }, object: refTo(said.id) }))
  assert.deepEqual(await one.ids(), [said.id])
  const state = `activities/state?${new URLSearchParams({ activityId: 'https://x.test/a', agent: JSON.stringify(agent('ada')), stateId: 's' })}`
  await one.ask('PUT', state, { payload: 'mine', headers: { 'content-type': 'text/plain' } })
  assert.equal((await other.ask('GET', state)).statusCode, 404)
  const known = await other.ask('GET', 'activities?activityId=https://school.test/unknown')
  assert.deepEqual(known.json(), { objectType: 'Activity', id: 'https://school.test/unknown' })
})

test('a statement is recorded once however often it is sent; another one with its id is refused, with its whole batch', async () => {
  const { add, ask, ids, find } = await aRoom()
  const said = aStatement({ timestamp: '2026-05-01T11:00:00Z' })
  const sent = await Promise.all([add(said), add(said), add([said])])
  assert.deepEqual(
    sent.map(({ statusCode }) => statusCode),
    [200, 200, 200],
  )
  assert.deepEqual(sent[0]?.json(), [said.id])
  const put = await ask('PUT', `statements?statementId=${said.id}`, { payload: said })
  assert.equal(put.statusCode, 204)
  const refused = await add([aStatement(), { ...said, actor: agent('eve') }])
  assert.deepEqual([refused.statusCode, refused.json().code], [409, 'STATEMENT_CONFLICT'])
  assert.deepEqual(await ids(), [said.id])
  const [kept] = (await find()).statements
  assert.deepEqual(kept, {
    ...said,
    stored: new Date(clock).toISOString(),
    version: '1.0.0',
    authority: { ...Object(kept).authority },
  })
  assert.match(Object(kept).authority.account.name, /^key-/)
})

test('what is wrong is named, and nothing of the batch is kept', async () => {
  const { add, ask, ids } = await aRoom()
  const refused = await add([aStatement(), aStatement({ verb: { id: 'seen' } })])
  assert.deepEqual([refused.statusCode, refused.json().errors[0].field], [400, 'body.1.verb.id'])
  assert.equal((await ask('GET', 'statements?Limit=1')).json().errors[0].field, 'query.Limit')
  const without = await ask('GET', 'statements', { headers: { 'x-experience-api-version': '2.0.0' } })
  assert.equal(without.json().errors[0].field, 'x-experience-api-version')
  assert.deepEqual(await ids(), [])
})

test('a statement whose writer died before it looked who voids it is voided when it is sent again', async () => {
  const { courseId, add, ids } = await aRoom()
  const said = aStatement()
  const voiding = aStatement({ verb: { id: voided }, object: refTo(said.id) })
  await add(voiding)
  await add(said)
  assert.deepEqual(await ids(), [voiding.id])
  const statements = service.mongo.collection('statements')
  await statements.updateOne({ courseId, statementId: said.id }, { $set: { voided: false } })
  assert.equal((await add(said)).statusCode, 200)
  assert.deepEqual(await ids(), [voiding.id])
})

test('filters find what they name, page by page in the order of recording, and the pages miss nothing that comes meanwhile', async () => {
  const { add, ask, ids, find } = await aRoom()
  const made = Array.from({ length: 7 }, (_, at) =>
    aStatement({ actor: agent(at % 2 === 0 ? 'ada' : 'eve') }),
  )
  for (const said of made) {
    clock += 1000
    await add(said)
  }
  const of = (name: string) => JSON.stringify(agent(name))
  const odd = made.filter((_, at) => at % 2 === 1).map(({ id }) => id)
  assert.deepEqual(await ids({ agent: of('eve'), ascending: 'true' }), odd)
  assert.deepEqual(await ids({ agent: of('eve') }), odd.toReversed())
  const since = new Date(clock - 2000).toISOString()
  assert.deepEqual(
    await ids({ since, ascending: 'true' }),
    made.slice(5).map(({ id }) => id),
  )
  assert.deepEqual(await ids({ until: since, limit: '1' }), [made[4]?.id])
  const found: string[] = []
  let page = await find({ limit: '3', ascending: 'true' })
  const late = aStatement()
  clock += 1000
  await add(late)
  for (;;) {
    found.push(...page.statements.map(({ id }) => id))
    if (page.more === '') break
    page = (await ask('GET', page.more)).json()
  }
  assert.deepEqual(found, [...made.map(({ id }) => id), late.id])
})

test('a voided statement is found by its id alone, in whichever order the two come; what voids cannot be voided', async () => {
  const { add, ask, ids } = await aRoom()
  const [early, late] = [aStatement(), aStatement()]
  const voiding = (id: string) => aStatement({ verb: { id: voided }, object: refTo(id) })
  const [first, second] = [voiding(early.id), voiding(late.id)]
  for (const said of [early, first, second, late, voiding(first.id)])
    assert.equal((await add(said)).statusCode, 200)
  const left = await ids()
  assert.ok(!left.includes(early.id) && !left.includes(late.id) && left.includes(first.id))
  for (const { id } of [early, late]) {
    assert.equal((await ask('GET', `statements?statementId=${id}`)).statusCode, 404)
    assert.equal((await ask('GET', `statements?voidedStatementId=${id}`)).json().id, id)
  }
})

test('who refers to a statement is found by what finds that one, through several references and in any order', async () => {
  const { add, ids } = await aRoom()
  const told = aStatement({ actor: agent('grace') })
  const about = aStatement({ object: refTo(told.id) })
  const further = aStatement({ object: refTo(about.id) })
  const query = { agent: JSON.stringify(agent('grace')), activity: 'https://school.test/film' }
  for (const order of [
    [told, about, further],
    [further, about, told],
  ]) {
    const room = await aRoom()
    for (const said of order) await room.add(said)
    assert.deepEqual(new Set(await room.ids(query)), new Set([told.id, about.id, further.id]))
    // All that is asked for is of one statement: ada saw grace's film, and not her own.
    const mixed = { agent: JSON.stringify(agent('ada')), activity: 'https://school.test/film' }
    assert.deepEqual(await room.ids(mixed), [])
  }
  assert.deepEqual((await add(about)).statusCode, 200)
  assert.deepEqual(await ids(query), [])
})

test('files come and go with their statements, and only what was announced', async () => {
  const { ask } = await aRoom()
  const said = aStatement()
  const { headers, payload, sha2 } = enclosing(said, 'An essay\r\nof two lines')
  const changed = await ask('POST', 'statements', {
    headers,
    payload: payload.replace('An essay', 'An assay'),
  })
  assert.deepEqual(
    [changed.statusCode, changed.json().errors[0].field],
    [400, 'body.1.x-experience-api-hash'],
  )
  assert.equal((await ask('POST', 'statements', { headers, payload })).statusCode, 200)
  const answer = await ask('GET', `statements?statementId=${said.id}&attachments=true`)
  assert.match(String(answer.headers['content-type']), /^multipart\/mixed; boundary=/)
  assert.match(
    answer.body,
    new RegExp(`X-Experience-API-Hash: ${sha2}\r\n\r\nAn essay\r\nof two lines\r\n--`),
  )
  const json = payload.split('\r\n\r\n')[1]?.split('\r\n')[0] ?? ''
  const alone = await ask('POST', 'statements', {
    headers: { 'content-type': 'application/json' },
    payload: json,
  })
  assert.equal(alone.json().errors[0].field, 'body.0.attachments.0.fileUrl')
})

test('"ids" is what tells things apart, "canonical" speaks one language, and an activity is what was said of it last', async () => {
  const { add, ask } = await aRoom()
  const said = aStatement()
  await add(said)
  await add(aStatement({ object: { ...said.object, definition: { name: { fr: 'Le film' } } } }))
  const get = async (format: string) =>
    (
      await ask('GET', `statements?statementId=${said.id}&format=${format}`, {
        headers: { 'accept-language': 'de;q=0.5, fr' },
      })
    ).json()
  const ids = await get('ids')
  assert.deepEqual([ids.verb, ids.object], [{ id: said.verb.id }, { id: said.object.id }])
  const canonical = await get('canonical')
  assert.deepEqual(
    [canonical.verb.display, canonical.object.definition.name],
    [{ de: 'sah' }, { fr: 'Le film' }],
  )
  assert.deepEqual((await get('exact')).object, said.object)
  const { definition } = (await ask('GET', `activities?activityId=${said.object.id}`)).json()
  assert.deepEqual(definition.name, { en: 'The film', de: 'Der Film', fr: 'Le film' })
})

test('pages of any site may call it, without cookies; a form may say what a request would, and HEAD what GET has', async () => {
  const { ask, add, authorization } = await aRoom()
  const preflight = await service.app.inject({ method: 'OPTIONS', url: '/api/v1/xapi/activities/state' })
  assert.deepEqual([preflight.statusCode, preflight.headers['access-control-allow-origin']], [204, '*'])
  assert.match(
    String(preflight.headers['access-control-allow-headers']),
    /authorization.*x-experience-api-version/,
  )
  assert.equal(preflight.headers['access-control-allow-credentials'], undefined)
  const said = aStatement()
  const form = {
    statementId: said.id,
    content: JSON.stringify(said),
    Authorization: authorization,
    'X-Experience-API-Version': '1.0.3',
  }
  const put = await service.app.inject({
    method: 'POST',
    url: '/api/v1/xapi/statements?method=PUT',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(form).toString(),
  })
  assert.equal(put.statusCode, 204)
  const head = await ask('HEAD', `statements?statementId=${said.id}`)
  assert.deepEqual([head.statusCode, head.body], [200, ''])
  assert.equal(head.headers['x-experience-api-version'], '1.0.3')
  assert.ok(Date.parse(String(head.headers['x-experience-api-consistent-through'])) <= clock)
  const refused = await add({})
  assert.equal(refused.headers['access-control-allow-origin'], '*')
})
