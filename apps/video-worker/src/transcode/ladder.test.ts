import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ladderOf, mp4Rung } from './ladder.ts'
import type { Source } from './probe.ts'

const source = (width: number, height: number): Source => ({
  durationSeconds: 60,
  pictureSeconds: 60,
  width,
  height,
  rotation: 0,
  frameRate: { num: 25, den: 1 },
  isInterlaced: false,
  transfer: 'sdr',
  sound: { channels: 2 },
})
const sizes = (width: number, height: number) =>
  ladderOf(source(width, height)).map((rung) => `${rung.width}x${rung.height}`)

test('rungs go by the short side, so that portrait gets the same ones as landscape', () => {
  assert.deepEqual(sizes(1920, 1080), ['1920x1080', '1280x720', '854x480', '640x360'])
  assert.deepEqual(sizes(1080, 1920), ['1080x1920', '720x1280', '480x854', '360x640'])
  assert.deepEqual(sizes(3840, 2160), ['1920x1080', '1280x720', '854x480', '640x360'])
})

test('nothing is made larger than it came', () => {
  assert.deepEqual(sizes(1280, 719), ['854x480', '640x360'])
  assert.deepEqual(sizes(320, 240), ['320x240'])
})

test('odd sizes become even ones that are no larger, and the shape stays', () => {
  assert.deepEqual(sizes(853, 481), ['852x480', '638x360'])
  assert.deepEqual(sizes(853, 480), ['852x480', '640x360'])
  assert.deepEqual(sizes(321, 241), ['320x240'])
  for (const rung of ladderOf(source(1999, 1125))) {
    assert.ok(rung.width % 2 === 0 && rung.height % 2 === 0)
    assert.ok(Math.abs(rung.width / rung.height / (1999 / 1125) - 1) < 0.01)
  }
})

test('the MP4 has at most 720 lines on its short side', () => {
  const nameFor = (width: number, height: number) => mp4Rung(ladderOf(source(width, height))).name
  assert.equal(nameFor(3840, 2160), '720p')
  assert.equal(nameFor(720, 1280), '720p')
  assert.equal(nameFor(320, 240), '240p')
})
