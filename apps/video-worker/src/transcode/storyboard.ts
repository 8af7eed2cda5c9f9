import { filesOnly, quiet, words } from './words.ts'

const COLUMNS = 10
const MAX_PICTURES = 100
const PICTURE_WIDTH = 160
/** Key frames lie this far apart, and only they are decoded. */
const MIN_STEP_SECONDS = 2

/** A rest this small, in steps, has no key frame of its own; the picture before it lasts to the end. */
const TAIL = 0.1

export type Storyboard = {
  stepSeconds: number
  pictures: number
  rows: number
  width: number
  height: number
}

/** At most 100 small pictures, evenly spread, in one sprite of 10 columns. */
export function planStoryboard(video: {
  durationSeconds: number
  width: number
  height: number
}): Storyboard {
  const wanted = Math.ceil(video.durationSeconds / MAX_PICTURES / MIN_STEP_SECONDS) * MIN_STEP_SECONDS
  const stepSeconds = Math.max(MIN_STEP_SECONDS, wanted)
  const pictures = Math.max(1, Math.ceil(video.durationSeconds / stepSeconds - TAIL))
  const height = Math.max(2, Math.round((PICTURE_WIDTH * video.height) / video.width / 2) * 2)
  return { stepSeconds, pictures, rows: Math.ceil(pictures / COLUMNS), width: PICTURE_WIDTH, height }
}

export const storyboardArgs = (folder: string, plan: Storyboard): string[] => [
  ...[...quiet, ...filesOnly, ...words('-skip_frame nokey')],
  ...['-f', 'mov', '-i', `${folder}/video.mp4`, '-frames:v', '1', '-q:v', '5', '-vf'],
  `fps=1/${plan.stepSeconds}:round=near:eof_action=pass,scale=${plan.width}:${plan.height},tile=${COLUMNS}x${plan.rows}`,
  `${folder}/storyboard.jpg`,
]

const two = (value: number) => String(value).padStart(2, '0')
/** WebVTT timestamp: `hh:mm:ss.ttt`. */
export function timestamp(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000)
  const whole = Math.floor(milliseconds / 1000)
  const clock = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map(two).join(':')
  return `${clock}.${String(milliseconds % 1000).padStart(3, '0')}`
}

/** WebVTT whose cues name a rectangle of the sprite as a media fragment (W3C Media Fragments §4.2.2). */
export function storyboardVtt(plan: Storyboard, durationSeconds: number): string {
  const cues = Array.from({ length: plan.pictures }, (_, i) => {
    const from = timestamp(i * plan.stepSeconds)
    const isLast = i === plan.pictures - 1
    const to = timestamp(isLast ? durationSeconds : (i + 1) * plan.stepSeconds)
    const x = (i % COLUMNS) * plan.width
    const y = Math.floor(i / COLUMNS) * plan.height
    return `${from} --> ${to}\nstoryboard.jpg#xywh=${x},${y},${plan.width},${plan.height}`
  })
  return `WEBVTT\n\n${cues.join('\n\n')}\n`
}
