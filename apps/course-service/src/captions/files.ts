import type { CaptionStore, VideoRef } from './store.ts'

export type CaptionFile = { text: string; contentType: string; etag: string }
export type CaptionFiles = ReturnType<typeof createCaptionFiles>

const FILE = /^([A-Za-z0-9-]{2,35})\.(m3u8|vtt)$/

/** The files of a video's captions, as a player asks for them: `<language>.m3u8` and the `<language>.vtt` that it names. */
export const createCaptionFiles = (captions: CaptionStore) => ({
  captionsOf: captions.captionsOf,

  /** `streamStart`: the time of the first picture on the clock of the segments, in seconds. */
  captionFile: async (
    video: VideoRef,
    name: string,
    streamStart: () => Promise<number> = async () => 0,
  ): Promise<CaptionFile | undefined> => {
    const [, language = '', ending = ''] = FILE.exec(name) ?? []
    const row = language === '' ? null : await captions.find(video, language)
    if (row === null) return undefined
    const etag = `"${row.etag}"`
    if (ending === 'vtt')
      return { text: hlsSegment(row.vtt, await streamStart()), contentType: 'text/vtt; charset=utf-8', etag }
    const seconds = Math.max((await captions.durationOf(video)) ?? 0, row.endSeconds)
    const text = mediaPlaylist(`${language}.vtt`, seconds)
    return { text, contentType: 'application/vnd.apple.mpegurl', etag: `"${row.etag}-${seconds}"` }
  },
})

const MPEG_TICKS_PER_SECOND = 90_000

/** RFC 8216bis §3.1.4: the times of its cues are those of the video, whose first picture is at 0. */
export const hlsSegment = (vtt: string, streamStart: number) =>
  vtt.replace(
    'WEBVTT\n',
    `WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:${streamStart * MPEG_TICKS_PER_SECOND},LOCAL:00:00:00.000\n`,
  )

/** One segment, as long as the video. */
export const mediaPlaylist = (segment: string, seconds: number) =>
  [
    '#EXTM3U',
    '#EXT-X-VERSION:3',
    `#EXT-X-TARGETDURATION:${Math.max(1, Math.ceil(seconds))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    `#EXTINF:${seconds.toFixed(3)},`,
    segment,
    '#EXT-X-ENDLIST',
    '',
  ].join('\n')
