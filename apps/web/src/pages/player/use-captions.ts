import type { Playback } from '@aetherlearn/contracts/course/shapes'
import Hls from 'hls.js'
import { useEffect, useState, type RefObject } from 'react'
import { OFF, captionsFor } from './caption-choice.ts'

export type Captions = {
  offered: Playback['captions']
  /** The language that is shown, or `OFF`. */
  shown: string
  choose: (language: string) => void
  toggle: () => void
}

/** Where the browser plays the stream by itself, its captions come with it. */
export const bringsTracks = !Hls.isSupported()

/** Who reads captions in one lecture reads them in the next one as well. */
const KEPT = 'aetherlearn.captions'

/** Shows the captions of one language over a video: those of our own tracks, or of a stream that brings them itself. */
export function useCaptions(
  video: RefObject<HTMLVideoElement | null>,
  offered: Playback['captions'],
): Captions {
  const [wanted, setWanted] = useState(() => localStorage.getItem(KEPT) ?? OFF)
  const languages = offered.map(({ language }) => language)
  const shown = wanted === OFF ? OFF : captionsFor(languages, [wanted])
  useEffect(() => {
    const tracks = video.current?.textTracks
    if (tracks === undefined) return
    const show = () => {
      for (const track of Array.from(tracks)) {
        const isShown = shown !== OFF && track.language === shown
        if (track.kind !== 'metadata') track.mode = isShown ? 'showing' : 'disabled'
      }
    }
    show()
    // Those of a stream, and of signed URLs that were renewed, come later.
    tracks.addEventListener('addtrack', show)
    return () => tracks.removeEventListener('addtrack', show)
  }, [video, shown])
  const choose = (language: string) => {
    localStorage.setItem(KEPT, language)
    setWanted(language)
  }
  const toggle = () => choose(shown === OFF ? captionsFor(languages, navigator.languages) : OFF)
  return { offered, shown, choose, toggle }
}
