import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planStoryboard, storyboardVtt, timestamp } from './storyboard.ts'

test('a storyboard never has more than 100 pictures, however long the video', () => {
  for (const durationSeconds of [0.04, 1, 199, 200, 201, 3600, 12 * 3600]) {
    const plan = planStoryboard({ durationSeconds, width: 1280, height: 720 })
    assert.ok(plan.pictures >= 1 && plan.pictures <= 100, `${durationSeconds} s`)
    assert.match(
      storyboardVtt(plan, durationSeconds),
      new RegExp(`--> ${timestamp(durationSeconds)}\n[^\n]+\n$`),
    )
  }
})

test('each cue names its own rectangle, and together they cover the video', () => {
  const plan = planStoryboard({ durationSeconds: 23, width: 1280, height: 720 })
  const cues = storyboardVtt(plan, 23).trim().split('\n\n').slice(1)
  assert.equal(cues.length, 12)
  assert.equal(cues[0], '00:00:00.000 --> 00:00:02.000\nstoryboard.jpg#xywh=0,0,160,90')
  assert.equal(cues[11], '00:00:22.000 --> 00:00:23.000\nstoryboard.jpg#xywh=160,90,160,90')
})

test('a rest that is too short for a picture belongs to the picture before it', () => {
  const plan = planStoryboard({ durationSeconds: 60.03, width: 1280, height: 720 })
  assert.deepEqual([plan.pictures, plan.rows], [30, 3])
  assert.match(storyboardVtt(plan, 60.03), /00:00:58.000 --> 00:01:00.030\n[^\n]+\n$/)
})

test('timestamps past an hour keep all their digits', () => {
  assert.equal(timestamp(3661.0005), '01:01:01.001')
})
