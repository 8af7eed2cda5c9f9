import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stillAt, stillsOf } from './storyboard.ts'

const vtt = `WEBVTT

00:00:00.000 --> 00:00:02.000
storyboard.jpg#xywh=0,0,160,90

00:00:02.000 --> 01:00:03.500
storyboard.jpg#xywh=160,0,160,90
`

test('every cue becomes a rectangle of the sprite, which lies beside the file', () => {
  const stills = stillsOf(vtt, 'http://host/api/v1/media/grant/storyboard.vtt')
  assert.equal(stills.length, 2)
  assert.deepEqual(stills[1], {
    from: 2,
    until: 3603.5,
    url: 'http://host/api/v1/media/grant/storyboard.jpg',
    x: 160,
    y: 0,
    width: 160,
    height: 90,
  })
})

test('a second finds its picture, the very end the last one, and a video without pictures none', () => {
  const stills = stillsOf(vtt, 'http://host/')
  assert.deepEqual(
    [0, 1.9, 2, 5000].map((second) => stillAt(stills, second)?.x),
    [0, 0, 160, 160],
  )
  assert.equal(stillAt(stillsOf('WEBVTT', 'http://host/'), 1), undefined)
})
