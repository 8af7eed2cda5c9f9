import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@aetherlearn/testing/ids'
import { letterOf } from './letter.ts'

const message = {
  _id: newId(),
  userId: newId(),
  courseId: newId(),
  kind: 'nudge' as const,
  courseTitle: 'Algebra <b>',
  text: 'Hello & welcome\n<script>alert(1)</script>',
  sentAt: new Date('2026-03-02T10:00:00Z'),
  readAt: null,
  mailedAt: null,
}
const envelope = {
  message,
  senderName: 'Ivo Teacher',
  from: 'news@example.org',
  to: 'ana@example.org',
  publicOrigin: 'https://learn.example.org',
  token: 'signed',
}

test('a mail is the message as text and as HTML, in which nothing that somebody wrote is HTML', () => {
  const { text, html, subject } = letterOf(envelope)
  assert.equal(subject, 'Ivo Teacher wrote to you about “Algebra <b>”')
  assert.ok(
    text.startsWith('Hello & welcome\n<script>alert(1)</script>\n\nGo on learning: https://learn.example'),
  )
  assert.ok(html.includes('Hello &amp; welcome\n&lt;script&gt;alert(1)&lt;/script&gt;'))
  assert.ok(!html.includes('<script') && !html.includes('<b>') && !html.includes('<img'))
})

test('a mail can be stopped by one click as RFC 8058 says, and is the same mail whenever it is sent again', () => {
  const { headers, messageId, text, html } = letterOf(envelope)
  const stop = 'https://learn.example.org/api/v1/analytics/messages/unsubscribe?token=signed'
  assert.deepEqual(
    [headers['List-Unsubscribe'], headers['List-Unsubscribe-Post']],
    [`<${stop}>`, 'List-Unsubscribe=One-Click'],
  )
  assert.ok(text.includes(stop) && html.includes(stop))
  assert.equal(messageId, `<${message._id}@learn.example.org>`)
  assert.deepEqual(letterOf(envelope), letterOf(envelope))
})

test('a digest leads to the dashboard and names its week', () => {
  const digest = { ...message, kind: 'digest' as const, week: '2026-02-23' }
  const { subject, text } = letterOf({ ...envelope, message: digest })
  assert.equal(subject, '“Algebra <b>”: the week from February 23')
  assert.ok(text.includes(`/teach/${message.courseId}/dashboard/digests`))
})
