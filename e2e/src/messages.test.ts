import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { demoPassword as password, instructorEmail } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import { openDatabase } from '@aetherlearn/testing/stores'
import { assertAccessible } from './accessible.ts'
import { newPerson, openBrowser, signIn, signUp, untilLive } from './browser.ts'
import { startTestStack } from './stack.ts'

const DAY_MS = 86_400_000
const stack = await startTestStack({ seed: true })
const browser = await openBrowser()
const origin = stack.gatewayUrl
const analytics = await openDatabase(stack.mongoUrl, 'analytics')
after(async () => {
  await analytics.close()
  await browser.close()
  await stack.close()
})
const { accessToken } = await createClient(identityApi, { origin }).signIn({
  body: { email: instructorEmail, password },
})
const [course] = await createClient(courseApi, { origin, token: () => accessToken }).listTaught()
const courseId = course?._id ?? assert.fail('the demo has no course')
const ivo = await newPerson(browser, origin)
await signIn(ivo, { email: instructorEmail, password })
const ana = await newPerson(browser, origin)

/** As if she had enrolled eight days ago; the event of it may still be on its way. */
async function enrolledLongAgo() {
  const students = analytics.collection('students')
  for (const deadline = Date.now() + 10_000; ; await pause(50)) {
    const change = { $set: { enrolledAt: new Date(Date.now() - 8 * DAY_MS) } }
    const { modifiedCount } = await students.updateMany({ enrolledAt: { $exists: true } }, change)
    if (modifiedCount > 0) return
    assert.ok(Date.now() < deadline, 'nobody has enrolled')
  }
}

test('an instructor writes to a student at risk, who reads it at once on the own page', async () => {
  await signUp(ana, { fullName: 'Ana Student', email: 'ana@example.org', password })
  await ana.goto(`/courses/${courseId}`)
  await ana.getByRole('button', { name: 'Enrol' }).click()
  await ana.getByRole('link', { name: 'Start learning' }).waitFor()
  await enrolledLongAgo()
  const live = untilLive(ana)
  await ana.goto('/learn')
  await live
  await ana.getByRole('link', { name: 'Messages', exact: true }).waitFor()

  await ivo.goto(`/teach/${courseId}/dashboard/students`)
  await ivo.getByRole('button', { name: 'Write to Ana Student' }).click()
  const dialog = ivo.getByRole('dialog', { name: 'Write to Ana Student' })
  const text = dialog.getByLabel('Message')
  assert.match(await text.inputValue(), /^Hello Ana,/)
  await assertAccessible(ivo)
  await text.fill('Shall we meet on Friday?')
  await dialog.getByRole('button', { name: 'Send' }).click()
  await ivo.getByText(/^Written to on .* by /).waitFor()
  await ivo.getByText('After 0 of 1 message the student was active again.').waitFor()
  await assertAccessible(ivo)

  await ana.getByRole('link', { name: 'Messages, 1 unread' }).waitFor()
  await ana.getByRole('region', { name: 'New messages' }).getByText('Shall we meet on Friday?').waitFor()
  await assertAccessible(ana)
  await ana.getByRole('link', { name: 'Messages, 1 unread' }).click()
  await ana.getByRole('button', { name: 'Mark as read' }).click()
  await ana.getByText('Nothing unread.').waitFor()
  await assertAccessible(ana)

  await ivo.getByRole('button', { name: 'Write to Ana Student' }).click()
  await ivo.getByText(/has written to this student in the last seven days/).waitFor()
})

test('who wants no messages chooses so, and the instructor is told', async () => {
  await ana.goto('/settings')
  await ana.getByLabel('From people of my courses').selectOption('None')
  await ana.getByRole('region', { name: 'Messages' }).getByText('Saved.').waitFor()
  await assertAccessible(ana)
  await ivo.reload()
  await ivo.getByRole('button', { name: 'Write to Ana Student' }).click()
  await ivo.getByText(/has chosen to get no such messages/).waitFor()
})

test('the weeks of a course are read on its dashboard', async () => {
  const { Types } = analytics.base
  const none = { week: 0, before: 0 }
  const [student] = await analytics.collection('students').find().toArray()
  await analytics.collection('digests').insertOne({
    courseId: new Types.ObjectId(courseId),
    week: '2026-03-02',
    madeAt: new Date(),
    numbers: {
      students: { week: 12, before: 8 },
      watchTimeSeconds: { week: 12_600, before: 3600 },
      playbacks: { week: 40, before: 20 },
      enrolments: { week: 1, before: 0 },
      completions: none,
    },
    atRisk: 1,
    newAtRisk: 1,
    atRiskIds: [student?.['userId']],
    students: [
      {
        userId: student?.['userId'],
        reasons: [{ rule: 'inactive', explanation: 'Was last active 20 days ago.' }],
      },
    ],
    hotspots: [],
    hardest: null,
  })
  await ivo.goto(`/teach/${courseId}/dashboard/digests`)
  const week = ivo.getByRole('region', { name: 'March 2, 2026 to March 8, 2026' })
  await week.getByText('Ana Student').waitFor()
  await week.getByText('1 student, of whom 1 new since the week before.').waitFor()
  await assertAccessible(ivo)
})
