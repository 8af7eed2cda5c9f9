import { readFile, rm, writeFile } from 'node:fs/promises'
import type { HardInput } from './hard-inputs.ts'
import { ffmpeg, makeClip, type Clip } from './video-clips.ts'

const refused = (name: string, code: string, advice: RegExp, make: HardInput['make']): HardInput => ({
  ...{ name, container: 'mp4', expected: { code, advice } },
  make,
})

/** A clip whose bytes were changed. */
const changed = (shape: Clip, change: (bytes: Buffer) => Buffer) => async (file: string) => {
  await makeClip(file, { ...shape, options: `${shape.options ?? ''} -f mp4` })
  await writeFile(file, change(await readFile(file)))
}

/** Turns a bit of bytes that lie evenly over the packets, the same in each run. */
function flip(bytes: Buffer, count: number): Buffer {
  const start = bytes.indexOf('mdat') + 4
  const end = bytes.indexOf('moov')
  for (let i = 0; i < count; i += 1) {
    const at = start + Math.floor(((i + 0.5) / count) * (end - start))
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at)
  }
  return bytes
}

function rename(bytes: Buffer, from: string, to: string): Buffer {
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at, 'latin1')
  return bytes
}

const write = (text: string) => (file: string) => writeFile(file, text)
const canary = 'file:///etc/passwd'
const lines = (...all: string[]) => write(`${all.join('\n')}\n`)
const mpd = `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT2S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${canary}</BaseURL></Representation></AdaptationSet></Period></MPD>`

const again = /upload/i

const damaged: HardInput[] = [
  refused(
    'broken off before its index',
    'CUT_SHORT',
    /breaks off/,
    changed({}, (bytes) => bytes.subarray(0, bytes.length / 2)),
  ),
  refused(
    'broken off after its index',
    'OUTPUT_BROKEN',
    again,
    changed({ options: '-movflags +faststart' }, (bytes) => bytes.subarray(0, bytes.length / 2)),
  ),
  refused(
    '60 flipped bytes',
    'OUTPUT_BROKEN',
    again,
    changed({}, (bytes) => flip(bytes, 60)),
  ),
  {
    ...{ name: '2 flipped bytes', container: 'mp4' },
    make: changed({ seconds: 5 }, (bytes) => flip(bytes, 2)),
    expected: {
      ...{ sizes: ['640x360'], frameRate: 30, seconds: 5, clock: { perSecond: 30, startsAt: 0 } },
      beeps: [0, 1, 2, 3, 4],
    },
  },
  refused('no bytes', 'UNREADABLE', again, write('')),
]

const others: HardInput[] = [
  refused('text', 'UNREADABLE', again, write('not a video at all\n'.repeat(100))),
  refused('sound alone', 'NO_VIDEO', /no moving picture/, (file) =>
    ffmpeg(...'-f lavfi -i sine=duration=2 -c:a aac -f mp4'.split(' '), file).then(() => {}),
  ),
  refused('sound with a cover', 'NO_VIDEO', /no moving picture/, async (file) => {
    const cover = `${file}-cover.png`
    await ffmpeg(...'-f lavfi -i testsrc2=size=64x64 -frames:v 1'.split(' '), cover)
    const inputs = ['-f', 'lavfi', '-i', 'sine=duration=2', '-i', cover, '-map', '0', '-map', '1']
    await ffmpeg(...inputs, ...'-c:a aac -c:v copy -disposition:v attached_pic -f mp4'.split(' '), file)
    await rm(cover)
  }),
  refused(
    'a codec that nobody knows',
    'UNSUPPORTED_CODEC',
    /xyz1/,
    changed({}, (bytes) => rename(bytes, 'avc1', 'xyz1')),
  ),
  refused('encrypted', 'ENCRYPTED', /protected/, (file) =>
    makeClip(file, {
      options: `-encryption_scheme cenc-aes-ctr -encryption_key ${'5a'.repeat(16)} -encryption_kid ${'a5'.repeat(16)} -f mp4`,
    }),
  ),
  refused('one frame of 15360 x 15360', 'PICTURE_TOO_LARGE', /8K/, (file) =>
    ffmpeg(
      ...'-f lavfi -i color=gray:size=15360x15360:rate=1 -frames:v 1 -pix_fmt gray -c:v png -f mov'.split(
        ' ',
      ),
      file,
    ).then(() => {}),
  ),
]

/** Each names another file, which must stay unread. */
const playlists: HardInput[] = [
  refused(
    'an HLS playlist',
    'UNREADABLE',
    again,
    lines('#EXTM3U', '#EXT-X-TARGETDURATION:2', '#EXTINF:2,', canary, '#EXT-X-ENDLIST'),
  ),
  refused('an ffconcat script', 'UNREADABLE', again, lines('ffconcat version 1.0', `file '${canary}'`)),
  refused('a DASH manifest', 'UNREADABLE', again, lines(mpd)),
  refused(
    'an SDP description',
    'UNREADABLE',
    again,
    lines(
      'v=0',
      'o=- 0 0 IN IP4 127.0.0.1',
      's=x',
      'c=IN IP4 127.0.0.1',
      't=0 0',
      'm=video 5004 RTP/AVP 96',
      'a=rtpmap:96 H264/90000',
    ),
  ),
]

export const broken: HardInput[] = [...damaged, ...others, ...playlists]
