import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { transaction } from '@aetherlearn/service-kit/mongo'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { clientOf, rawCall, refusal } from '@aetherlearn/testing/client'
import { newId } from '@aetherlearn/testing/ids'
import { pino } from 'pino'
import { SMTPServer } from 'smtp-server'
import { openSchool } from '../school.fixture.ts'
import { startMailing } from './jobs.ts'
import { createMailer } from './mailer.ts'
import { openTransport } from './transport.ts'

const mailSecret = 'a secret of at least thirty-two letters'
const publicOrigin = 'https://learn.example.org'
const school = await openSchool({ mailSecret })
const { service, clock, now } = school

/** What a mail server was given, and what it says to it. */
type Mail = { to: string; source: string }
const taken: Mail[] = []
const arrivals = new EventEmitter<{ mail: [Mail] }>()
const mood = { refusals: [] as number[] }
const mailServer = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS'],
  onData: (stream, session, done) => {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => {
      const responseCode = mood.refusals.shift()
      if (responseCode !== undefined) return done(Object.assign(new Error('not now'), { responseCode }))
      const mail = {
        to: session.envelope.rcptTo.map(({ address }) => address).join(),
        source: Buffer.concat(parts).toString(),
      }
      taken.push(mail)
      done()
      arrivals.emit('mail', mail)
    })
  },
})
mailServer.listen(0, '127.0.0.1')
await once(mailServer.server, 'listening')
const address = mailServer.server.address()
const port = typeof address === 'object' ? address?.port : undefined
const { transport, close } = openTransport(`smtp://127.0.0.1:${port}`)

const logTo = (lines: string[]) => pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
const log = logTo([])
const { links } = service
assert.ok(links !== undefined)
const deps = { ...service, links, transport, from: 'AetherLearn <news@example.org>', publicOrigin, log, now }
const mailer = createMailer(deps)
const { redisUrl } = school.stores
const relay = startRelay({ connection: service.mongo, outbox: service.outbox, redisUrl, log })
const mailing = startMailing({ redisUrl, mailer, log })
after(async () => {
  await relay.stop()
  await mailing.stop()
  close()
  await new Promise<void>((resolve) => mailServer.close(resolve))
  await school.close()
})

const aStudent = () => school.aPerson('student')
const letterTo = (userId: string, text = 'Shall we meet on Friday?') => ({
  userId,
  kind: 'nudge' as const,
  courseId: newId(),
  courseTitle: 'Algebra',
  text,
  sentAt: new Date(now()),
  notice: '',
})
async function leave(userId: string) {
  const { ids } = await transaction(service.mongo, (session) => service.post([letterTo(userId)], session))
  return ids.get(userId) ?? ''
}
const mailTo = async (email: string): Promise<Mail> => {
  const known = taken.find(({ to }) => to === email)
  if (known !== undefined) return known
  const [mail] = await once(arrivals, 'mail')
  return mail.to === email ? mail : mailTo(email)
}
/** A message that no worker was told of. */
async function withoutJob(userId: string) {
  const { notice: _, ...message } = letterTo(userId)
  const [messageId = ''] = await transaction(service.mongo, (session) =>
    service.messages.add([message], session),
  )
  return messageId
}
const headerOf = ({ source }: Mail, name: string) =>
  new RegExp(`^${name}:((?:.|\\r\\n[ \\t])*)`, 'im')
    .exec(source)?.[1]
    ?.replaceAll(/\r\n[ \t]/g, '')
    .trim()
const stopLink = (mail: Mail) =>
  /<https:\/\/learn\.example\.org(.*)>/.exec(headerOf(mail, 'List-Unsubscribe') ?? '')?.[1] ?? ''

test('a message reaches the inbox and, by a mail server that was busy at first, the mail, as the same mail', async () => {
  const { userId, email, client } = await aStudent()
  mood.refusals.push(451, 421)
  const messageId = await leave(userId)
  const mail = await mailTo(email)
  assert.equal(headerOf(mail, 'Message-ID'), `<${messageId}@learn.example.org>`)
  assert.equal(headerOf(mail, 'List-Unsubscribe-Post'), 'List-Unsubscribe=One-Click')
  assert.match(mail.source, /Shall we meet on Friday\?/)
  assert.equal((await client.listMessages()).unread, 1)
  // The worker has noted it by the time that it lets go of the job; asked again, it sends nothing.
  while ((await service.messages.find(messageId))?.mailedAt === null) await mailer('0'.repeat(24))
  await mailer(messageId)
  assert.equal(taken.filter(({ to }) => to === email).length, 1)
})

test('a process that dies before it has noted that a mail was sent sends the same mail again', async () => {
  const { userId, email } = await aStudent()
  const messageId = await withoutJob(userId)
  const messages = { ...service.messages, markMailed: () => Promise.reject(new Error('died')) }
  await assert.rejects(createMailer({ ...deps, messages })(messageId))
  await mailer(messageId)
  const sent = taken.filter(({ to }) => to === email)
  const [first, again] = sent.map((mail) => ['Message-ID', 'Date'].map((name) => headerOf(mail, name)))
  assert.equal(sent.length, 2)
  assert.deepEqual(first, again)
})

test('one click stops that kind of mail, and the inbox goes on; opening the link stops nothing', async () => {
  const { userId, email, client } = await aStudent()
  await leave(userId)
  const url = stopLink(await mailTo(email))
  const shown = await rawCall(service.app, { method: 'GET', url })
  assert.equal(shown.statusCode, 303)
  assert.match(String(shown.headers['location']), /^\/unsubscribe\?token=[0-9a-f]{24}n\./)
  assert.equal((await client.getMessageSettings()).nudges, 'mail')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const stopped = await rawCall(service.app, {
    method: 'POST',
    url,
    headers,
    body: 'List-Unsubscribe=One-Click',
  })
  assert.deepEqual([stopped.statusCode, JSON.parse(stopped.payload)], [200, { kind: 'nudge' }])
  assert.deepEqual(await client.getMessageSettings(), {
    nudges: 'inbox',
    digests: 'mail',
    mailPossible: true,
  })
  await mailer(await leave(userId))
  assert.equal(taken.filter(({ to }) => to === email).length, 1)
  assert.equal((await client.listMessages()).unread, 2)
  const anyone = clientOf(service.app, analyticsApi)
  assert.equal((await refusal(anyone.unsubscribe({ query: { token: 'forged' } }))).code, 'LINK_INVALID')
})

test('what a mail server refuses for good, or nobody took for three days, is given up, and no address is logged', async () => {
  const { userId, email } = await aStudent()
  // What the relay and the queue have to say is not what is looked at.
  const warnings: string[] = []
  const send = createMailer({ ...deps, log: logTo(warnings) })
  mood.refusals.push(550)
  await send(await withoutJob(userId))
  const late = await withoutJob(userId)
  mood.refusals.push(451)
  await assert.rejects(send(late))
  clock.aheadMs += 3 * 86_400_000 + 1000
  await send(late)
  clock.aheadMs = 0
  assert.equal(taken.filter(({ to }) => to === email).length, 0)
  assert.equal(warnings.length, 2)
  assert.ok(!warnings.join('').includes(email))
})

test('who wants no mail, or has no address that we know, is sent none', async () => {
  const { userId: known, client } = await aStudent()
  await client.putMessageSettings({ body: { nudges: 'inbox', digests: 'off' } })
  const stranger = newId()
  const before = taken.length
  for (const userId of [known, stranger]) await mailer(await withoutJob(userId))
  assert.equal(taken.length, before)
})
