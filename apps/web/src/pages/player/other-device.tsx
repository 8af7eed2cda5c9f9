import { watchPosition } from '@aetherlearn/contracts/progress'
import { useState, type RefObject } from 'react'
import { Button } from '../../components/button.tsx'
import { clock } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import { useLive } from '../../session/live.ts'

type Props = {
  video: RefObject<HTMLVideoElement | null>
  lectureId: string
  /** This player's own name: its positions come back to it too. */
  sessionId: string | undefined
}

/** Nearer than this the two devices show the same, as far as a person can tell. */
const WORTH_A_JUMP_SECONDS = 5

/** Offers the position of the same student's other device. It never jumps by itself. */
export function OtherDevice({ video, lectureId, sessionId }: Props) {
  const [second, setSecond] = useState<number>()
  const [dismissed, setDismissed] = useState(false)
  useLive(watchPosition, (position) => {
    const other = position.lectureId === lectureId && position.sessionId !== sessionId
    const media = video.current
    // Who plays here is not asked: two devices playing at once would ask each other all the time.
    if (!other || media === null || sessionId === undefined || !media.paused) return
    const far = Math.abs(position.watchTime - media.currentTime) > WORTH_A_JUMP_SECONDS
    setSecond(far ? position.watchTime : undefined)
  })
  if (second === undefined || dismissed) return null
  const jump = () => {
    if (video.current !== null) video.current.currentTime = second
    setSecond(undefined)
  }
  return (
    <div
      role="status"
      className="absolute top-3 right-3 left-3 flex flex-wrap items-center gap-3 rounded-xl bg-[#16181e]/95 p-3 text-sm shadow-xl sm:left-auto sm:max-w-md"
    >
      <Icon name="devices" />
      <p className="flex-1">Your other device is at {clock(second)}.</p>
      <Button size="small" onClick={jump}>
        Jump there
      </Button>
      <button type="button" onClick={() => setDismissed(true)} className="text-white/80 hover:text-white">
        Not now
      </button>
    </div>
  )
}
