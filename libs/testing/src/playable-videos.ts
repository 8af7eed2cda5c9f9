import { rm } from 'node:fs/promises'
import type { HardInput, Ready } from './hard-inputs.ts'
import { ffmpeg, makeClip, type Clip } from './video-clips.ts'

type Facts = Partial<Omit<Ready, 'clock'>> & { clock?: Partial<Ready['clock']> }
type Container = HardInput['container']

const secondsFrom = (first: number, before: number) =>
  Array.from({ length: Math.ceil(before - first) }, (_, i) => first + i)

/** What is expected of a clip, unless told otherwise, follows from how it is made. */
function ready(clip: Clip, { clock, ...facts }: Facts = {}): Ready {
  const [num = 30, den = 1] = (clip.rate ?? '30').split('/').map(Number)
  const seconds = clip.seconds ?? 3
  const perSecond = num / den
  return {
    ...{ sizes: ['640x360'], frameRate: perSecond, seconds },
    clock: { perSecond, startsAt: 0, ...clock },
    ...(clip.sound === false ? {} : { beeps: secondsFrom(0, seconds) }),
    ...facts,
  }
}

const clip = (name: string, shape: Clip, facts?: Facts, container: Container = 'mp4'): HardInput => ({
  ...{ name, container, expected: ready(shape, facts) },
  make: (file) => makeClip(file, { ...shape, options: `${shape.options ?? ''} -f ${muxers[container]}` }),
})
const muxers: Record<Container, string> = { mp4: 'mp4', mov: 'mov', matroska: 'matroska', webm: 'webm' }

/** A clip that is made another time by copying its packets. */
const copied = (
  name: string,
  shape: Clip,
  options: string,
  facts?: Facts,
  inputOptions: string[] = [],
): HardInput => ({
  ...{ name, container: 'mp4', expected: ready(shape, facts) },
  make: async (file) => {
    const before = `${file}-before.mp4`
    await makeClip(before, shape)
    await ffmpeg(
      ...inputOptions,
      '-i',
      before,
      '-map',
      '0',
      '-c',
      'copy',
      ...options.split(' '),
      '-f',
      'mp4',
      file,
    )
    await rm(before)
  },
})

const halfRate = (number: number) => number % 2 === 0
/** Of 60 frames a second: 30 of them for a while, then 10, then with gaps of different lengths. */
const variable = {
  shows: (n: number) => (n < 90 ? n % 2 === 0 : n < 150 ? n % 6 === 0 : n % 7 === 0 || n % 4 === 0),
  select: "select='if(lt(n,90),not(mod(n,2)),if(lt(n,150),not(mod(n,6)),not(mod(n,7)*mod(n,4))))'",
}
const variableClip: Clip = { seconds: 4, rate: '60', after: [variable.select], options: '-vsync passthrough' }
/** 240 frames in 4 s, of which 45, 10 and 33 are kept: 22 a second. */
const variableFacts: Facts = { frameRate: 24000 / 1001, clock: { perSecond: 60, shows: variable.shows } }

const hdr = (codec: string) =>
  `-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -tag:v hvc1 -x265-params log-level=error${codec}`
const hdrColors = ':colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc'
const vp9 = '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -row-mt 1 -b:v 1M'

const shapes: HardInput[] = [
  copied(
    'portrait, turned by 90 degrees',
    { size: '360x640', after: ['transpose=clock'] },
    '-metadata:s:v rotate=90',
    {
      sizes: ['360x640'],
    },
  ),
  copied(
    'portrait, turned by 270 degrees',
    { size: '360x640', after: ['transpose=cclock'] },
    '-metadata:s:v rotate=270',
    {
      sizes: ['360x640'],
    },
  ),
  copied('turned by 180 degrees', { after: ['hflip', 'vflip'] }, '-metadata:s:v rotate=180'),
  clip('4:3', { size: '640x480' }, { sizes: ['640x480', '480x360'] }),
  clip('portrait 4:3', { size: '480x640', seconds: 5 }, { sizes: ['480x640', '360x480'] }),
  clip('21:9', { size: '840x360' }, { sizes: ['840x360'] }),
  clip('pixels of 4:3', { size: '480x360', after: ['setsar=4/3'] }),
  clip(
    'an odd size',
    {
      size: '854x482',
      seconds: 5,
      before: ['format=yuv444p', 'scale=853:481', 'setsar=1'],
      codec: '-c:v libx264 -preset ultrafast -pix_fmt yuv444p',
    },
    { sizes: ['852x480', '638x360'] },
  ),
]

const clocks: HardInput[] = [
  clip('59.94 frames a second', { rate: '60000/1001' }),
  clip(
    '120 frames a second',
    { rate: '120', size: '320x180' },
    {
      ...{ sizes: ['320x180'], frameRate: 60 },
      clock: { shows: halfRate },
    },
  ),
  clip('10 frames a second', { rate: '10', seconds: 5 }),
  clip('1 frame a second', { rate: '1', seconds: 4 }, { frameRate: 8 }),
  clip('a variable frame rate', variableClip, variableFacts),
  clip(
    'a variable frame rate in Matroska',
    variableClip,
    { ...variableFacts, frameRate: 24000 / 1001 },
    'matroska',
  ),
  clip('interlaced', {
    rate: '25',
    // Fields of 50 a second, and the clock on the frames that are made of them.
    before: ['fps=50', 'tinterlace=interleave_top'],
    codec: '-c:v libx264 -preset ultrafast -pix_fmt yuv420p -flags +ildct+ilme -x264-params tff=1',
  }),
  clip('groups of pictures that are open', {
    seconds: 5,
    codec: '-c:v libx264 -preset veryfast -pix_fmt yuv420p -g 40 -x264-params open-gop=1:bframes=3',
  }),
  clip('0.2 s', { seconds: 0.2 }, { beeps: [0] }),
  clip('one frame', { rate: '25', seconds: 0.04, sound: false }),
]

const sounds: HardInput[] = [
  clip('no sound', { sound: false }),
  clip('5.1 at full level', {
    sound: 'volume=1.4,pan=5.1|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0',
    options: '-b:a 384k',
  }),
  clip('two sound tracks', { options: '-map 0:v -map 1:a -map 1:a -filter:a:1 volume=0' }),
  clip('sound 2 s late', { seconds: 4, soundInput: '-itsoffset 2' }, { beeps: [2, 3, 4, 5] }),
  clip(
    'picture half a second late',
    { pictureInput: '-itsoffset 0.5', options: '-vsync passthrough' },
    { seconds: 3.5, clock: { startsAt: 0.5 } },
  ),
  copied(
    'a beginning that was cut off by an edit list',
    { seconds: 4, options: '-g 30' },
    '-avoid_negative_ts disabled',
    { seconds: 2.5, clock: { startsAt: -1.5 }, beeps: [0.5, 1.5] },
    ['-ss', '1.5'],
  ),
  {
    ...clip('a sound track without packets', { sound: 'atrim=end=0' }, {}, 'matroska'),
    expected: ready({ sound: false }),
  },
  clip('a hole in the sound', { seconds: 4, sound: "aselect='not(between(t,1.4,1.48))'" }),
]

const formats: HardInput[] = [
  clip('HEVC of 10 bits', { codec: hdr('') }),
  clip('HDR (PQ)', { codec: hdr(hdrColors) }),
  clip('full range', { codec: '-c:v libx264 -preset ultrafast -pix_fmt yuvj420p -color_range pc' }),
  clip('VP9 in WebM', { codec: vp9, options: '-c:a libopus' }, {}, 'webm'),
  clip('AV1', { codec: '-c:v libsvtav1 -preset 12 -pix_fmt yuv420p' }),
  clip(
    'ProRes and PCM in QuickTime',
    { codec: '-c:v prores -profile:v 0', options: '-c:a pcm_s16le' },
    {},
    'mov',
  ),
  clip('Matroska with AC-3', { options: '-c:a ac3' }, {}, 'matroska'),
  // As MediaRecorder of browsers does: written while it is recorded.
  clip(
    'a recording of a browser',
    { codec: '-c:v libvpx -deadline realtime -cpu-used 8 -b:v 1M', options: '-c:a libopus -live 1' },
    {},
    'webm',
  ),
  clip('the index at the end', { options: '-movflags -faststart' }),
  clip('an index of fragments', { options: '-movflags frag_keyframe+delay_moov+default_base_moof' }),
]

/** A cover is a stream of video to ffmpeg, too. */
const covered: HardInput = {
  ...{ name: 'a picture with a cover', container: 'mp4', expected: ready({}) },
  make: async (file) => {
    const [before, cover] = [`${file}-before.mp4`, `${file}-cover.png`]
    await makeClip(before, {})
    await ffmpeg(...'-f lavfi -i testsrc2=size=64x64 -frames:v 1'.split(' '), cover)
    const copy = '-map 0 -map 1 -c copy -disposition:v:0 attached_pic -f mp4'.split(' ')
    await ffmpeg('-i', cover, '-i', before, ...copy, file)
    await Promise.all([rm(before), rm(cover)])
  },
}

export const playable: HardInput[] = [...shapes, ...clocks, ...sounds, ...formats, covered]
