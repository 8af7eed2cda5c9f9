import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VideoFault } from './failure.ts'
import { joinParts } from './join.ts'
import { bitratesOf, mediaPlaylist, parsePlaylist } from './playlist.ts'
import type { Track } from './track.ts'

const segment = (file: string, seconds: number, bytes: number) => ({ file, seconds, bytes })
const trackOf = (claim: string, sha256 = 'a'): Track => ({
  name: '720p',
  codecs: 'avc1.64001f',
  header: { file: `${claim}/720p-init.mp4`, sha256 },
  segments: [segment(`${claim}/720p-00000.m4s`, 4, 1000), segment(`${claim}/720p-00001.m4s`, 2, 600)],
})

test('a playlist names its files one folder up, and reads back as it was written', () => {
  const text = mediaPlaylist(trackOf('a1'))
  assert.match(text, /#EXT-X-TARGETDURATION:4\n/)
  assert.match(
    text,
    /#EXT-X-MAP:URI="\.\.\/a1\/720p-init\.mp4"\n#EXTINF:4\.000000,\n\.\.\/a1\/720p-00000\.m4s\n/,
  )
  const { segments, seconds, ended } = parsePlaylist(text)
  assert.deepEqual([segments.length, seconds, ended], [2, [4, 2], true])
  assert.equal(parsePlaylist(text.replace('#EXT-X-ENDLIST', '')).ended, false)
})

test('the peak is that of the largest segment, but not of a short rest', () => {
  const segments = [segment('a', 4, 1000), segment('b', 4, 3000), segment('c', 0.1, 500)]
  assert.deepEqual(bitratesOf({ segments }), { bandwidth: 6000, averageBandwidth: 4445 })
  assert.deepEqual(bitratesOf({ segments: segments.slice(2) }), {
    bandwidth: 40_000,
    averageBandwidth: 40_000,
  })
})

test('parts join in their order without their segments being touched, and only if they fit', () => {
  const result = (track: Track) => ({ frames: 1, tracks: [track] })
  const [joined] = joinParts([result(trackOf('a1')), result(trackOf('b2'))])
  assert.deepEqual(
    joined?.segments.map(({ file }) => file),
    ['a1/720p-00000.m4s', 'a1/720p-00001.m4s', 'b2/720p-00000.m4s', 'b2/720p-00001.m4s'],
  )
  assert.equal(joined?.header?.file, 'a1/720p-init.mp4')
  const other = () => joinParts([result(trackOf('a1')), result(trackOf('b2', 'another header'))])
  assert.throws(other, (error) => error instanceof VideoFault && error.code === 'OUTPUT_BROKEN')
})
