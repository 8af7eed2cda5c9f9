import type { Playback } from '@aetherlearn/contracts/course/shapes'
import Hls, { type ErrorData } from 'hls.js'
import { useEffect, useEffectEvent, useRef, useState, type RefObject } from 'react'

/** One rung of the ladder that the stream offers. */
export type Quality = { level: number; lines: number }
export const AUTO = -1

export type Stream = {
  qualities: Quality[]
  /** The rung asked for, or `AUTO`. */
  chosen: number
  /** Lines of the rung that plays now. */
  lines: number | undefined
  choose: (level: number) => void
  failed: boolean
}

type Source = {
  playback: Playback
  /** Where to begin to load; undefined: not known yet, so do not load. */
  startAt: number | undefined
  /** The signed URLs have run out. */
  onExpired: () => void
}

/** hls.js heals most of what happens to a stream; after this many attempts it is not going to. */
const RECOVERIES = 3
const FORBIDDEN = 403
/** Captions are tracks of the page's own, which older streams do not offer. */
const ownTracks = { renderTextTracksNatively: false }

/** Plays the HLS stream in a video element: by hls.js, by the browser itself, or else the plain MP4. */
export function useStream(
  video: RefObject<HTMLVideoElement | null>,
  { playback, startAt, onExpired }: Source,
): Stream {
  const hls = useRef<Hls>(null)
  const [qualities, setQualities] = useState<Quality[]>([])
  const [chosen, setChosen] = useState(AUTO)
  const [lines, setLines] = useState<number>()
  const resumes = useRef(false)
  const [failed, setFailed] = useState(false)
  const expired = useEffectEvent(onExpired)
  // Only where to begin: that the position changes later must not load the stream again.
  const begin = useEffectEvent(() => startAt ?? 0)
  const ready = startAt !== undefined

  useEffect(() => {
    const element = video.current
    if (element === null || !ready) return
    if (!Hls.isSupported()) return playByItself(element, playback)
    const player = new Hls({ startPosition: begin(), capLevelToPlayerSize: true, ...ownTracks })
    hls.current = player
    player.on(Hls.Events.MANIFEST_PARSED, () => setQualities(qualitiesOf(player)))
    player.on(Hls.Events.LEVEL_SWITCHED, (_, { level }) => setLines(linesOf(player.levels[level])))
    player.on(Hls.Events.ERROR, recovery(player, { onExpired: expired, onFailed: () => setFailed(true) }))
    player.on(Hls.Events.MEDIA_ATTACHED, () => {
      if (resumes.current) element.play().catch(() => undefined)
    })
    player.loadSource(playback.hlsUrl)
    player.attachMedia(element)
    return () => {
      // An element that loses its stream stops and forgets its speed; with the stream that follows it goes on.
      resumes.current = !element.paused && !element.ended
      element.defaultPlaybackRate = element.playbackRate
      player.destroy()
      hls.current = null
      setFailed(false)
      setChosen(AUTO)
    }
  }, [video, playback, ready])

  const choose = (level: number) => {
    if (hls.current !== null) hls.current.nextLevel = level
    setChosen(level)
  }
  return { qualities, chosen, lines, choose, failed }
}

const qualitiesOf = ({ levels }: Hls): Quality[] =>
  levels.map((rung, level) => ({ level, lines: linesOf(rung) ?? 0 })).toSorted((a, b) => b.lines - a.lines)

/** As rungs are named: by the short side, also where the picture stands upright. */
const linesOf = (rung?: { width: number; height: number }) => rung && Math.min(rung.width, rung.height)

/** Safari plays HLS natively; a browser with neither still gets the picture. */
function playByItself(element: HTMLVideoElement, playback: Playback) {
  const native = element.canPlayType('application/vnd.apple.mpegurl') !== ''
  element.src = native ? playback.hlsUrl : (playback.videoUrl ?? playback.hlsUrl)
  return () => {
    element.removeAttribute('src')
    element.load()
  }
}

type Outcome = { onExpired: () => void; onFailed: () => void }

function recovery(player: Hls, { onExpired, onFailed }: Outcome) {
  let recoveries = 0
  return (_: unknown, { fatal, type, response }: ErrorData) => {
    if (!fatal) return
    if (response?.code === FORBIDDEN) return onExpired()
    recoveries += 1
    if (recoveries > RECOVERIES) return onFailed()
    if (type === Hls.ErrorTypes.NETWORK_ERROR) return player.startLoad()
    if (type === Hls.ErrorTypes.MEDIA_ERROR) return player.recoverMediaError()
    onFailed()
  }
}
