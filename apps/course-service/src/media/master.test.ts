import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rendition, SoundTrack } from '@aetherlearn/contracts/media'
import { masterPlaylist, startFirst } from './master.ts'

const rung = (name: string, averageBandwidth: number, [width, height] = [1280, 720]): Rendition => ({
  name,
  bandwidth: averageBandwidth * 2,
  averageBandwidth,
  codecs: 'avc1.64001f',
  width: width ?? 0,
  height: height ?? 0,
  frameRate: 30_000 / 1001,
})
const ladder = [
  rung('1080p', 4_000_000, [1920, 1080]),
  rung('720p', 2_100_000),
  rung('480p', 900_000, [854, 480]),
  rung('360p', 400_000, [640, 360]),
]
const sound: SoundTrack = {
  bandwidth: 140_000,
  averageBandwidth: 128_000,
  codecs: 'mp4a.40.2',
  channels: 2,
}

test('every variant says what picture and sound need together, and how large and fast the picture is', () => {
  const text = masterPlaylist({ renditions: [rung('720p', 2_000_000)], sound, captions: [] })
  assert.equal(
    text,
    `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="sound/index.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=4140000,AVERAGE-BANDWIDTH=2128000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="sound",CLOSED-CAPTIONS=NONE
720p/index.m3u8
`,
  )
})

test('a video without sound names no sound', () => {
  const text = masterPlaylist({ renditions: ladder, captions: [] })
  assert.doesNotMatch(text, /AUDIO|mp4a|sound/)
  assert.match(text, /BANDWIDTH=1800000,AVERAGE-BANDWIDTH=900000,CODECS="avc1.64001f",RESOLUTION=854x480/)
})

test('a player begins with the largest rendition that a usual line carries', () => {
  const order = (rungs: Rendition[], track?: SoundTrack) => startFirst(rungs, track).map(({ name }) => name)
  assert.deepEqual(order(ladder, sound), ['480p', '1080p', '720p', '360p'])
  assert.deepEqual(order(ladder.toReversed()), ['480p', '1080p', '720p', '360p'])
  assert.deepEqual(order(ladder.slice(0, 2)), ['720p', '1080p'])
  assert.deepEqual(order([rung('720p', 1_900_000), rung('360p', 400_000)], sound), ['360p', '720p'])
  assert.deepEqual(order([]), [])
})

test('captions are a group of their own, whatever is written in their labels', () => {
  const captions = [
    { language: 'pt-BR', label: 'Português "do Brasil"\r\n#EXT-X-ENDLIST' },
    { language: 'de', label: 'Deutsch' },
    { language: 'de-AT', label: 'Deutsch' },
  ]
  const lines = masterPlaylist({ renditions: ladder, sound, captions }).split('\n')
  const media = lines.filter((line) => line.includes('TYPE=SUBTITLES'))
  assert.equal(
    media[0],
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="Português ”do Brasil” #EXT-X-ENDLIST",LANGUAGE="pt-BR",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="captions/pt-BR.m3u8"',
  )
  assert.deepEqual(media.map((line) => /NAME="([^"]*)"/.exec(line)?.[1]).slice(1), [
    'Deutsch (de)',
    'Deutsch (de-AT)',
  ])
  const variants = lines.filter((line) => line.startsWith('#EXT-X-STREAM-INF'))
  assert.equal(variants.length, 4)
  assert.ok(variants.every((line) => line.includes('AUDIO="sound",SUBTITLES="captions",')))
})
