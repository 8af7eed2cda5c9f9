import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDamage, checkFrames, readLog } from './damage.ts'

const OUTPUT_BROKEN = { code: 'OUTPUT_BROKEN' }

test('what a decoder complains of is counted, and nothing else', () => {
  const { log, onLog } = readLog()
  const kept = [
    '[h264 @ 0x5570] [error] error while decoding MB 3 4',
    '[h264 @ 0x5570] [error] error while decoding MB 3 4',
    '[error] Error while decoding stream #0:0: Invalid data found when processing input',
    '[libx264 @ 0x5571] [info] frame I:2',
    '[Parsed_fps_0 @ 0x5572] [verbose] 88 frames in, 90 frames out; 0 frames dropped, 2 frames duplicated.',
    'bwrap: No permissions to create a new namespace',
  ].filter(onLog)
  assert.deepEqual(log, { errorLines: 3, framesIn: 88 })
  assert.equal(kept.length, 4, 'what explains a failure is kept')
})

test('a little damage passes, a wreck does not', () => {
  checkDamage(20, 30, '')
  checkDamage(300, 6000, '')
  assert.throws(() => checkDamage(21, 30, ''), OUTPUT_BROKEN)
  assert.throws(() => checkDamage(301, 6000, ''), OUTPUT_BROKEN)
})

test('a video of which more than a hundredth cannot be read is refused', () => {
  checkFrames(1, 1)
  checkFrames(988, 1000)
  checkFrames(10, undefined)
  assert.throws(() => checkFrames(987, 1000), OUTPUT_BROKEN)
  assert.throws(() => checkFrames(0, 90), OUTPUT_BROKEN)
})
