import type { Rendition, SoundTrack } from '@aetherlearn/contracts/media'
import { VideoFault } from './failure.ts'
import { bitratesOf } from './playlist.ts'
import { perSecond } from './frame-rate.ts'
import type { Plan } from './plan.ts'
import type { PictureResult, SoundResult, Track } from './track.ts'

/** The tracks of all parts, in the order of the parts, as one track per rung. Nothing is encoded or copied for it. */
export function joinParts(parts: PictureResult[]): Track[] {
  const [first, ...others] = parts
  return (first?.tracks ?? []).map((track) => {
    const same = others.map(({ tracks }) => tracks.find(({ name }) => name === track.name))
    const segments = same.flatMap((other) => {
      if (other === undefined || other.header?.sha256 !== track.header?.sha256) {
        throw new VideoFault('OUTPUT_BROKEN', `the parts of ${track.name} do not fit together`)
      }
      return other.segments
    })
    return { ...track, segments: [...track.segments, ...segments] }
  })
}

/** What players must know of a rung before they load it. */
export function renditionOf({ source, ladder }: Plan, track: Track, codecs: string): Rendition {
  const rung = ladder.find(({ name }) => name === track.name)
  if (rung === undefined) throw new Error(`${track.name} is no rung of this video`)
  const { name, width, height } = rung
  const frameRate = Math.round(perSecond(source.frameRate) * 1000) / 1000
  return { name, ...bitratesOf(track), codecs, width, height, frameRate }
}

export const soundTrackOf = ({ track, channels }: SoundResult, codecs: string): SoundTrack => ({
  ...bitratesOf(track),
  codecs,
  channels,
})
