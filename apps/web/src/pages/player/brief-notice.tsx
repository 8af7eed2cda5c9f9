import { useEffect, useState } from 'react'

export type Notice = { words: string; atMs: number }
const SHOWN_MS = 3000

/** A word over the picture, also in full screen. */
export function BriefNotice({ notice }: { notice: Notice | undefined }) {
  const [over, setOver] = useState<Notice>()
  useEffect(() => {
    const timer = setTimeout(() => setOver(notice), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [notice])
  return (
    <div role="status" className="pointer-events-none absolute inset-x-0 top-3 flex justify-center">
      {notice !== undefined && notice !== over && (
        <p className="rounded-lg bg-black/75 px-3 py-2 text-sm">{notice.words}</p>
      )}
    </div>
  )
}
