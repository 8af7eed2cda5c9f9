import { useEffect, useState, type RefObject } from 'react'

const IDLE_MS = 2500

/** True while the video plays and nobody has touched the player for a moment: its controls may go. */
export function useIdle(frame: RefObject<HTMLElement | null>, playing: boolean): boolean {
  const [idle, setIdle] = useState(false)
  useEffect(() => {
    const element = frame.current
    if (element === null || !playing) return
    let timer: ReturnType<typeof setTimeout>
    const stir = () => {
      setIdle(false)
      clearTimeout(timer)
      timer = setTimeout(() => setIdle(true), IDLE_MS)
    }
    const signs = ['pointermove', 'pointerdown', 'keydown', 'focusin'] as const
    for (const sign of signs) element.addEventListener(sign, stir)
    stir()
    return () => {
      clearTimeout(timer)
      for (const sign of signs) element.removeEventListener(sign, stir)
      setIdle(false)
    }
  }, [frame, playing])
  return idle
}
