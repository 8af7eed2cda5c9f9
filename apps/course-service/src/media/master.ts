import type { Rendition, SoundTrack } from '@aetherlearn/contracts/media'

/** Where a master playlist lies in the folder of its video, stored or composed. */
export const MASTER = 'master.m3u8'
/** Where captions lie in it; no folder of renditions is called so. */
export const CAPTIONS = 'captions'

/** One language in which there are captions: a BCP 47 tag, and what it is called in that language. */
export type CaptionTrack = { language: string; label: string }
type Offer = { renditions: Rendition[]; sound?: SoundTrack; captions: CaptionTrack[] }

/** A line that most can be sent: hls.js and Apple's players begin with the variant that is listed first. */
const START_BITS_PER_SECOND = 2_000_000

/** The master playlist of a video (RFC 8216bis §4.4.6), all addresses relative to it. */
export function masterPlaylist({ renditions, sound, captions }: Offer): string {
  const groups = [
    ...(sound === undefined ? [] : [`AUDIO="sound"`]),
    ...(captions.length === 0 ? [] : [`SUBTITLES="captions"`]),
    'CLOSED-CAPTIONS=NONE',
  ]
  const lines = [
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    ...(sound === undefined ? [] : [soundLine(sound)]),
    ...captions.map((track) => captionLine(track, captions)),
    ...startFirst(renditions, sound).flatMap((rendition) => [
      `#EXT-X-STREAM-INF:${[...variantOf(rendition, sound), ...groups].join(',')}`,
      `${rendition.name}/index.m3u8`,
    ]),
  ]
  return `${lines.join('\n')}\n`
}

/** First the largest rendition that a usual line carries, then the others, largest first. */
export function startFirst(renditions: Rendition[], sound: SoundTrack | undefined): Rendition[] {
  const sorted = renditions.toSorted((a, b) => b.bandwidth - a.bandwidth)
  const soundBits = sound?.averageBandwidth ?? 0
  const start =
    sorted.find(({ averageBandwidth }) => averageBandwidth + soundBits <= START_BITS_PER_SECOND) ??
    sorted.at(-1)
  return start === undefined ? [] : [start, ...sorted.filter((rendition) => rendition !== start)]
}

function variantOf(rendition: Rendition, sound: SoundTrack | undefined): string[] {
  const { width, height, frameRate, codecs } = rendition
  const all = sound === undefined ? codecs : `${codecs},${sound.codecs}`
  return [
    `BANDWIDTH=${rendition.bandwidth + (sound?.bandwidth ?? 0)}`,
    `AVERAGE-BANDWIDTH=${rendition.averageBandwidth + (sound?.averageBandwidth ?? 0)}`,
    `CODECS=${quoted(all)}`,
    `RESOLUTION=${width}x${height}`,
    `FRAME-RATE=${frameRate.toFixed(3)}`,
  ]
}

const soundLine = ({ channels }: SoundTrack) =>
  `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${channels}",URI="sound/index.m3u8"`

function captionLine({ language, label }: CaptionTrack, all: CaptionTrack[]): string {
  // §4.4.6.1.1: no two of a group have the same name.
  const isTwin = all.some((other) => other.language !== language && other.label === label)
  const attributes = [
    'TYPE=SUBTITLES',
    'GROUP-ID="captions"',
    `NAME=${quoted(isTwin ? `${label} (${language})` : label)}`,
    `LANGUAGE=${quoted(language)}`,
    'DEFAULT=NO',
    'AUTOSELECT=YES',
    'FORCED=NO',
    `URI=${quoted(`${CAPTIONS}/${language}.m3u8`)}`,
  ]
  return `#EXT-X-MEDIA:${attributes.join(',')}`
}

/** §4.2: a quoted string can hold neither a quote nor a line break, and there is no way to escape them. */
const quoted = (text: string) => `"${text.replaceAll('"', '”').replaceAll(/[\r\n]+/g, ' ')}"`
