import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { makeClip, programs, quickest, temporaryFolder } from '../fixture.ts'
import { CUT_DEMUXER, cutPart } from './cut.ts'
import { joinParts } from './join.ts'
import { encodePicture } from './picture.ts'
import { mediaPlaylist } from './playlist.ts'
import { planOf, type SegmentFormat } from './plan.ts'
import { probe } from './probe.ts'
import { runProgram } from './run.ts'

/** A fingerprint of every frame's pixels with its time. */
async function framesOf(file: string, folder: string) {
  const args = ['-v', 'error', '-allowed_extensions', 'ALL', '-i', file, '-map', '0:v', '-f', 'framemd5', '-']
  const { output } = await runProgram(programs, 'ffmpeg', args, { limitMs: 30_000, reads: [folder] })
  const rows = output.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return rows.map((row) => row.split(',').map((cell) => cell.trim()))
}

for (const format of ['fmp4', 'ts'] as const satisfies SegmentFormat[]) {
  test(`parts made apart play as one video without a seam, as ${format}`, async (context) => {
    const folder = await temporaryFolder(context)
    const clip = `${folder}/clip.mp4`
    // Open groups of pictures: frames before a key frame need what came before it.
    await makeClip(clip, {
      ...{ seconds: 15, size: '160x90', audio: false },
      options: ['-x264-params', 'open-gop=1:keyint=37:bframes=3', '-preset', 'veryfast'],
    })
    const source = await probe(programs, clip, 'mov')
    const plan = { ...planOf(source, { format }), gopFrames: 10 }
    const make = async (claim: string, part: { index: number; from: number; to?: number }) => {
      const file = await cutPart(plan, part, {
        ...{ programs, input: { file: clip, demuxer: 'mov' }, folder: `${folder}/cut-${claim}` },
        signal: new AbortController().signal,
      })
      assert.ok(file, 'the source can be cut here')
      return encodePicture(plan, {
        ...{
          programs,
          settings: quickest,
          input: { file, demuxer: CUT_DEMUXER, isCut: true },
          folder,
          claim,
        },
        ...{
          part,
          set: { name: 'all', rungs: ['90p'] },
          onFrames: () => {},
          signal: new AbortController().signal,
        },
      })
    }
    const parts = [await make('a', { index: 0, from: 0, to: 100 }), await make('b', { index: 1, from: 100 })]
    assert.deepEqual(
      parts.map(({ frames }) => frames),
      [100, 50],
    )
    const [track] = joinParts(parts)
    assert.ok(track)
    await mkdir(`${folder}/90p`)
    await writeFile(`${folder}/90p/index.m3u8`, mediaPlaylist(track))
    const frames = await framesOf(`${folder}/90p/index.m3u8`, folder)
    const times = frames.map(([, , time = '']) => Number(time))
    assert.equal(frames.length, 150)
    const [first = 0, second = 0] = times
    assert.deepEqual(
      times,
      times.map((_, i) => first + i * (second - first)),
      'every frame follows the one before it at the same distance',
    )
    assert.equal(new Set(frames.map((frame) => frame.at(-1))).size, 150, 'no frame is shown twice')
  })
}
