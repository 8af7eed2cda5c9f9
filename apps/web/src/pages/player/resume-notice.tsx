import { useEffect, useState } from 'react'
import { clock } from '../../components/format.ts'
import type { Commands } from './use-commands.ts'

const SHOWN_MS = 7000

/** Says that the video did not start at its beginning, and offers that. */
export function ResumeNotice({ second, command }: { second: number; command: Commands }) {
  const [shown, setShown] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => setShown(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [])
  if (!shown) return null
  const restart = () => {
    command({ do: 'seek', share: 0 })
    setShown(false)
  }
  return (
    <div
      role="status"
      className="absolute top-3 left-3 flex items-center gap-3 rounded-lg bg-black/75 px-3 py-2 text-sm"
    >
      Resumed at {clock(second)}
      <button type="button" onClick={restart} className="font-medium underline underline-offset-4">
        Start over
      </button>
    </div>
  )
}
