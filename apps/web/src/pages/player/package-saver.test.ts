import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@aetherlearn/sdk/client'
import { createPackageSaver, type SaveState, type Unsaved } from './package-saver.ts'

const place = { courseId: 'c', lectureId: 'l', itemId: 'i' }
const refusal = (status: number, code: string) =>
  new ApiError({ type: '', title: code, status, code, requestId: '' })

/** A saver whose server answers as it is told, and whose time passes when it is told to. */
function aSaver() {
  const kept = new Map<string, string>()
  const sent: { unsaved: Unsaved; leaving: boolean; settle: (error?: Error) => void }[] = []
  const states: SaveState[] = []
  const timers = new Set<() => void>()
  let sequence = 0
  const saver = createPackageSaver({
    place,
    sessionId: 's',
    key: 'k',
    storage: {
      getItem: (key) => kept.get(key) ?? null,
      setItem: (key, value) => void kept.set(key, value),
      removeItem: (key) => void kept.delete(key),
    },
    put: (unsaved, leaving) =>
      new Promise((resolve, reject) =>
        sent.push({
          unsaved,
          leaving,
          settle: (error) => (error === undefined ? resolve(undefined) : reject(error)),
        }),
      ),
    later: (work) => {
      timers.add(work)
      return () => timers.delete(work)
    },
    onState: (state) => states.push(state),
  })
  const say = (word: string, urgent = false) =>
    saver.offer({ sequence: (sequence += 1), cmi: { 'cmi.location': word }, urgent, finished: false })
  const passTime = () => {
    for (const work of [...timers]) {
      timers.delete(work)
      work()
    }
  }
  const answer = async (error?: Error) => {
    sent.at(-1)?.settle(error)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const words = () => sent.map(({ unsaved }) => unsaved.body.cmi['cmi.location'])
  return { saver, say, passTime, answer, words, kept, sent, states }
}

test('what is said in a row is sent once, what is to be kept now at once', async () => {
  const { say, passTime, answer, words, kept, states } = aSaver()
  say('one')
  say('two')
  assert.deepEqual(words(), [])
  passTime()
  assert.deepEqual(words(), ['two'])
  await answer()
  assert.deepEqual([states.at(-1), kept.size], ['saved', 0])
  say('three', true)
  assert.deepEqual(words(), ['two', 'three'])
})

test('what is said while something is on its way goes after it, with a larger number', async () => {
  const { say, answer, words, sent, kept } = aSaver()
  say('one', true)
  say('two', true)
  assert.deepEqual(words(), ['one'])
  await answer()
  assert.deepEqual(words(), ['one', 'two'])
  assert.ok((sent[0]?.unsaved.body.sequence ?? 9) < (sent[1]?.unsaved.body.sequence ?? 0))
  assert.equal(kept.size, 1)
  await answer()
  assert.equal(kept.size, 0)
})

test('what cannot be sent stays on the device and is tried again', async () => {
  const { say, passTime, answer, words, kept, states } = aSaver()
  say('one', true)
  await answer(new TypeError('no network'))
  assert.deepEqual([states.at(-1), kept.size], ['waiting', 1])
  passTime()
  await answer(refusal(503, 'UNAVAILABLE'))
  assert.deepEqual([states.at(-1), kept.size], ['waiting', 1])
  passTime()
  await answer()
  assert.deepEqual(words(), ['one', 'one', 'one'])
  assert.deepEqual([states.at(-1), kept.size], ['saved', 0])
})

test('what is refused is not tried again; of a tab that was opened later it is said', async () => {
  const { say, passTime, answer, words, states, kept } = aSaver()
  say('one', true)
  await answer(refusal(409, 'PACKAGE_SESSION_OVER'))
  passTime()
  assert.deepEqual([states.at(-1), words().length, kept.size], ['over', 1, 0])
})

test('a page that goes away sends what waits, also what may be on its way', () => {
  const { saver, say, sent, words } = aSaver()
  saver.leave()
  assert.deepEqual(words(), [])
  say('one', true)
  say('two')
  saver.leave()
  assert.deepEqual(words(), ['one', 'two'])
  assert.equal(sent.at(-1)?.leaving, true)
})
