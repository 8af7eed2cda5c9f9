import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Open, Said } from './messages.ts'
import { openRuntime } from './runtime.ts'

type Call = (...args: string[]) => string
const call = (api: object, name: string, ...args: string[]): string => {
  const method: unknown = Reflect.get(api, name)
  assert.ok(typeof method === 'function', name)
  return String(Reflect.apply(method as Call, api, args))
}

async function opened(open: Partial<Open> & Pick<Open, 'standard'>) {
  const said: Said[] = []
  const runtime = await openRuntime(
    {
      kind: 'open',
      url: 'https://content.example/a.html',
      title: 'Sets',
      sequence: 4,
      learner: { id: 'u1', name: 'Ana Student' },
      state: { entry: 'ab-initio', cmi: {}, totalSeconds: 0 },
      ...open,
    },
    (one) => said.push(one),
  )
  const older = open.standard === 'scorm-1.2'
  const get = (name: string) => call(runtime.api, older ? 'LMSGetValue' : 'GetValue', name)
  const set = (name: string, value: string) =>
    assert.equal(call(runtime.api, older ? 'LMSSetValue' : 'SetValue', name, value), 'true', name)
  const tell = (name: string) =>
    assert.equal(call(runtime.api, older && name !== 'LMSFinish' ? `LMS${name}` : name, ''), 'true', name)
  return { runtime, said, get, set, tell }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a package of SCORM 1.2 finds what it kept, who learns, and how long it took so far', async () => {
  const { runtime, get, tell } = await opened({
    standard: 'scorm-1.2',
    state: {
      entry: 'resume',
      totalSeconds: 3723.5,
      cmi: {
        'cmi.suspend_data': 'x'.repeat(60_000),
        'cmi.core.lesson_location': 'page-3',
        'cmi.core.lesson_status': 'incomplete',
        'cmi.interactions.0.id': 'q1',
        'cmi.interactions.0.correct_responses.0.pattern': 'a',
      },
    },
    launchData: 'level=2',
    masteryScore: 0.8,
  })
  assert.equal(runtime.name, 'API')
  tell('Initialize')
  assert.equal(get('cmi.suspend_data').length, 60_000)
  const expected = {
    'cmi.core.lesson_location': 'page-3',
    'cmi.core.lesson_status': 'incomplete',
    'cmi.core.entry': 'resume',
    'cmi.core.credit': 'credit',
    'cmi.core.student_id': 'u1',
    'cmi.core.student_name': 'Ana Student',
    'cmi.core.total_time': '01:02:03',
    'cmi.launch_data': 'level=2',
    'cmi.student_data.mastery_score': '80',
    'cmi.interactions._count': '1',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value, name)
})

test('a package of SCORM 2004 finds the same under its names', async () => {
  const { runtime, get, tell } = await opened({
    standard: 'scorm-2004',
    state: {
      entry: 'resume',
      totalSeconds: 61.25,
      cmi: { 'cmi.objectives.0.id': 'o1', 'cmi.location': '7' },
    },
    masteryScore: 0.8,
  })
  assert.equal(runtime.name, 'API_1484_11')
  tell('Initialize')
  const expected = {
    'cmi.location': '7',
    'cmi.entry': 'resume',
    'cmi.total_time': 'PT61.25S',
    'cmi.learner_name': 'Ana Student',
    'cmi.scaled_passing_score': '0.8',
    'cmi.objectives._count': '1',
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(get(name), value, name)
})

test('what a package changes at once is said once; keeping and leaving are said on their own', async () => {
  const { said, set, tell } = await opened({ standard: 'scorm-2004' })
  tell('Initialize')
  set('cmi.suspend_data', 'one')
  set('cmi.score.scaled', '0.5')
  await settled()
  assert.equal(said.length, 1)
  assert.equal(said[0]?.cmi['cmi.suspend_data'], 'one')
  assert.deepEqual([said[0]?.urgent, said[0]?.finished], [false, false])
  tell('Commit')
  assert.deepEqual([said[1]?.urgent, said[1]?.finished], [true, false])
  assert.deepEqual(
    said.map(({ sequence }) => sequence),
    [5, 6],
  )
  set('cmi.exit', 'suspend')
  set('adl.nav.request', 'continue')
  tell('Terminate')
  const last = said.at(-1)
  assert.deepEqual([last?.finished, last?.move, last?.cmi['cmi.exit']], [true, 'continue', 'suspend'])
})

test('nothing is said that only the platform sets, and nothing that is empty', async () => {
  for (const standard of ['scorm-1.2', 'scorm-2004'] as const) {
    const { said, tell } = await opened({ standard, launchData: 'level=2' })
    tell('Initialize')
    tell('Commit')
    const names = Object.keys(said[0]?.cmi ?? {})
    assert.deepEqual(
      names.filter((name) => /learner_(id|name)|student_(id|name)|entry|total_time|launch_data/.test(name)),
      [],
    )
    assert.ok(Object.values(said[0]?.cmi ?? {}).every((value) => value !== ''))
  }
})
