import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { temporaryFolder } from '../fixture.ts'
import { moveSegment, takeHeader } from './fragments.ts'

const execute = promisify(execFile)

/**
 * When the frames of a segment are shown: what it says of its begin (`tfdt`), and of each frame (`trun`). ffprobe would
 * add a delay of its own.
 */
async function shownAt(file: string, frameTicks: number) {
  const bytes = await readFile(file)
  const begin = Number(bytes.readBigUInt64BE(bytes.indexOf('tfdt') + 8))
  const run = bytes.indexOf('trun') + 4
  assert.equal(bytes.readUIntBE(run + 1, 3), 0xa05, 'each frame has its size and its offset')
  const frames = Array.from({ length: bytes.readUInt32BE(run + 4) }, (_, i) => i)
  const times = frames.map((i) => begin + i * frameTicks + bytes.readInt32BE(run + 16 + i * 8 + 4))
  return times.toSorted((a, b) => a - b)
}

test('frames are shown when they are to be shown, not later by as much as the encoder reorders them', async (t) => {
  const folder = await temporaryFolder(t)
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=160x90:r=10:d=2']
  const reordering = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '3', '-g', '10', '-sc_threshold', '0']
  const kind = [
    '-f',
    'hls',
    '-hls_segment_type',
    'fmp4',
    '-hls_time',
    '0.5',
    '-hls_fmp4_init_filename',
    'init.mp4',
  ]
  const names = ['-hls_segment_filename', `${folder}/%d.m4s`, `${folder}/index.m3u8`]
  await execute('ffmpeg', ['-v', 'error', ...source, ...reordering, ...kind, ...names])
  const { ticksPerSecond } = await takeHeader(`${folder}/init.mp4`)
  await moveSegment(`${folder}/0.m4s`, 0, 1)
  await moveSegment(`${folder}/1.m4s`, 60 * ticksPerSecond, 2)
  const tenth = ticksPerSecond / 10
  const frames = (from: number) => Array.from({ length: 10 }, (_, i) => (from + i) * tenth)
  assert.deepEqual(await shownAt(`${folder}/0.m4s`, tenth), frames(0))
  assert.deepEqual(await shownAt(`${folder}/1.m4s`, tenth), frames(610))
})
