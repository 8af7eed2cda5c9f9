import { useEffect, useState, type RefObject } from 'react'
import { playedOf, type Ranges } from './watched.ts'

export type MediaState = {
  playing: boolean
  /** Has been played since it was loaded. */
  started: boolean
  waiting: boolean
  ended: boolean
  time: number
  duration: number
  /** End of what is loaded around the present position. */
  loadedUntil: number
  volume: number
  muted: boolean
  rate: number
  /** What was shown of it since it was loaded. */
  played: Ranges
}

const atRest: MediaState = {
  playing: false,
  started: false,
  waiting: false,
  ended: false,
  time: 0,
  duration: 0,
  loadedUntil: 0,
  volume: 1,
  muted: false,
  rate: 1,
  played: [],
}

const changes = [
  'play',
  'playing',
  'pause',
  'ended',
  'timeupdate',
  'seeking',
  'seeked',
  'durationchange',
  'progress',
  'waiting',
  'canplay',
  'volumechange',
  'ratechange',
  'loadedmetadata',
  'emptied',
] as const

/** The state of a video element, as React state. */
export function useMedia(video: RefObject<HTMLVideoElement | null>): MediaState {
  const [state, setState] = useState(atRest)
  useEffect(() => {
    const element = video.current
    if (element === null) return
    const update = () => setState((before) => stateOf(element, before))
    for (const change of changes) element.addEventListener(change, update)
    update()
    return () => {
      for (const change of changes) element.removeEventListener(change, update)
    }
  }, [video])
  return state
}

function stateOf(element: HTMLVideoElement, before: MediaState): MediaState {
  const playing = !element.paused && !element.ended
  return {
    playing,
    started: before.started || playing,
    waiting: playing && element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA,
    ended: element.ended,
    time: element.currentTime,
    duration: Number.isFinite(element.duration) ? element.duration : 0,
    loadedUntil: loadedUntil(element),
    volume: element.volume,
    muted: element.muted,
    rate: element.playbackRate,
    played: playedOf(element.played),
  }
}

function loadedUntil({ buffered, currentTime }: HTMLVideoElement): number {
  for (let index = 0; index < buffered.length; index += 1) {
    if (buffered.start(index) <= currentTime + 0.5 && buffered.end(index) >= currentTime)
      return buffered.end(index)
  }
  return currentTime
}
