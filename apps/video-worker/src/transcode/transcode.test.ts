import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, rename, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { makeClip, programs, quickest, temporaryFolder, turnClip } from '../fixture.ts'
import { isWhole } from './checks.ts'
import { parsePlaylist } from './playlist.ts'
import type { SegmentFormat } from './plan.ts'
import { probe } from './probe.ts'
import { Interrupted, runProgram } from './run.ts'
import { transcode } from './transcode.ts'

async function workshop(context: TestContext) {
  const folder = await temporaryFolder(context)
  const input = join(folder, 'source')
  const output = join(folder, 'output')
  await mkdir(output)
  const percents: number[] = []
  const make = (signal = new AbortController().signal, format: SegmentFormat = 'fmp4') =>
    transcode({
      ...{ programs, settings: quickest, format, input, container: 'mp4', folder: output, signal },
      onProgress: (percent) => percents.push(percent),
    })
  return { input, output, percents, make, clip: `${input}.mp4` }
}

/** Times of key frames and size of one rung. */
async function lookInto(folder: string, rung: string) {
  const show = [
    '-show_entries',
    'packet=pts_time,flags:stream=width,height',
    '-of',
    'json',
    '-select_streams',
    'v',
  ]
  const args = ['-v', 'error', '-allowed_extensions', 'ALL', ...show, `${folder}/${rung}/index.m3u8`]
  const { output } = await runProgram(programs, 'ffprobe', args, { limitMs: 30_000, reads: [folder] })
  const { packets, streams } = JSON.parse(output)
  const keys = packets.filter((packet: { flags: string }) => packet.flags.startsWith('K'))
  const times = keys.map((packet: { pts_time: string }) => Number(packet.pts_time))
  return {
    size: `${streams[0].width}x${streams[0].height}`,
    keyFrames: times.map((time: number) => Math.round((time - times[0]) * 100) / 100),
  }
}

/** Mean luma, 0 to 255, of a part of a picture. */
async function brightness(file: string, crop: string) {
  const show = ['-show_entries', 'frame_tags=lavfi.signalstats.YAVG', '-of', 'csv=p=0']
  const args = ['-v', 'error', '-f', 'lavfi', `movie=${file},crop=${crop},signalstats`, ...show]
  return Number((await runProgram(programs, 'ffprobe', args, { limitMs: 30_000, reads: [file] })).output)
}

test('a landscape video becomes aligned rungs, an MP4, a poster and a storyboard', async (context) => {
  const { input, output, percents, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 5, size: '1280x720' })
  await rename(clip, input)
  const made = await make()
  assert.deepEqual({ width: made.width, height: made.height }, { width: 1280, height: 720 })
  assert.ok(isWhole(made.durationSeconds, { frameRate: { num: 10, den: 1 } }, 5))

  assert.deepEqual(
    made.renditions.map(({ name, frameRate }) => [name, frameRate]),
    [
      ['720p', 10],
      ['480p', 10],
      ['360p', 10],
    ],
  )
  assert.ok(made.renditions.every(({ codecs }) => /^avc1\.[0-9a-f]{6}$/.test(codecs)))
  assert.equal(made.sound?.codecs, 'mp4a.40.2')
  for (const [rung, size] of [
    ['720p', '1280x720'],
    ['480p', '854x480'],
    ['360p', '640x360'],
  ] as const) {
    assert.deepEqual(await lookInto(output, rung), { size, keyFrames: [0, 2, 4] })
    const playlist = parsePlaylist(await readFile(join(output, rung, 'index.m3u8'), 'utf8'))
    assert.equal(playlist.segments.length, 2)
  }

  const mp4 = await readFile(join(output, made.video))
  assert.ok(mp4.indexOf('moov') < mp4.indexOf('mdat'), 'it plays before it is wholly there')
  for (const picture of ['poster.jpg', 'storyboard.jpg']) {
    assert.equal((await readFile(join(output, picture))).subarray(0, 3).toString('hex'), 'ffd8ff')
  }
  assert.equal((await readFile(join(output, made.storyboard), 'utf8')).match(/#xywh=/g)?.length, 3)
  const sprite = join(output, 'storyboard.jpg')
  assert.ok((await brightness(sprite, '160:90:320:0')) > 40, 'the last picture is there')
  assert.ok((await brightness(sprite, '160:90:480:0')) < 20, 'and no further one')
  assert.deepEqual(
    percents,
    percents.toSorted((a, b) => a - b),
  )
  assert.ok(percents.length > 0 && percents.every((percent) => percent <= 100))
})

test('a video without sound becomes streams without sound', async (context) => {
  const { input, output, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 1, size: '320x240', audio: false })
  await rename(clip, input)
  const made = await make()
  assert.deepEqual([made.sound, made.loudness], [undefined, undefined])
  assert.equal((await probe(programs, join(output, made.video), 'mov')).sound, undefined)
})

test('a video from a phone held upright stands upright', async (context) => {
  const { input, output, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 1, size: '640x360' })
  await turnClip(clip, `${input}-turned.mp4`)
  await rename(`${input}-turned.mp4`, input)
  const made = await make()
  assert.deepEqual({ width: made.width, height: made.height }, { width: 360, height: 640 })
  const { width, height } = await probe(programs, join(output, made.video), 'mov')
  assert.deepEqual({ width, height }, { width: 360, height: 640 })
})

test('odd sizes become even ones', async (context) => {
  const { input, output, make, clip } = await workshop(context)
  await makeClip(clip, {
    seconds: 1,
    size: '853x481',
    audio: false,
    options: ['-vf', 'scale=853:481,setsar=1,format=yuv444p', '-pix_fmt', 'yuv444p'],
  })
  await rename(clip, input)
  await make()
  assert.equal((await lookInto(output, '480p')).size, '852x480')
  assert.equal((await lookInto(output, '360p')).size, '638x360')
})

test('a file that breaks off before its index is refused as cut short', async (context) => {
  const { input, output, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 2, size: '320x240' })
  await rename(clip, input)
  await truncate(input, 20_000)
  await assert.rejects(make(), { code: 'CUT_SHORT', message: /moov atom not found/ })
  assert.deepEqual(await readdir(output), [])
})

test('a file that breaks off after its index is not passed off as whole', async (context) => {
  const { input, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 4, size: '320x240', options: ['-movflags', '+faststart'] })
  const { length } = await readFile(clip)
  await rename(clip, input)
  await truncate(input, Math.floor(length / 2))
  await assert.rejects(make(), { code: 'OUTPUT_BROKEN' })
})

test('text, nothing, and sound alone are refused with advice', async (context) => {
  const { input, make, clip } = await workshop(context)
  await writeFile(input, 'not a video at all\n'.repeat(100))
  await assert.rejects(make(), (error: { failure?: { advice: string } }) =>
    /upload/.test(error.failure?.advice ?? ''),
  )
  await writeFile(input, '')
  await assert.rejects(make(), { code: 'UNREADABLE' })
  await makeClip(clip, { seconds: 1, size: '320x240', options: ['-vn'] })
  await rename(clip, input)
  await assert.rejects(make(), { code: 'NO_VIDEO' })
})

test('asked to stop, the work ends without a verdict on the file', async (context) => {
  const { input, percents, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 10, size: '1280x720' })
  await rename(clip, input)
  const stop = new AbortController()
  const work = make(stop.signal)
  percents.push = (...items) => (stop.abort(), items.length)
  await assert.rejects(work, Interrupted)
})

test('transport streams say what they are coded in', async (context) => {
  const { input, make, clip } = await workshop(context)
  await makeClip(clip, { seconds: 1, size: '320x180' })
  await rename(clip, input)
  const { renditions } = await make(undefined, 'ts')
  assert.match(renditions[0]?.codecs ?? '', /^avc1\.[0-9a-f]{6}$/)
})
