import { notification } from '@aetherlearn/contracts/media'
import { useState } from 'react'
import { useLive } from '../session/live.ts'
import { Icon } from './icon.tsx'

type Toast = { id: number; message: string }
const SHOWN_MS = 8000

/** Notifications that arrive while the console is open; each goes away by itself. */
export function Toasts() {
  const [toasts, setToasts] = useState<Toast[]>([])
  const dismiss = (id: number) => setToasts((all) => all.filter((toast) => toast.id !== id))
  useLive(notification, ({ message }) => {
    const id = Date.now() + Math.random()
    setToasts((all) => [...all, { id, message }])
    setTimeout(() => dismiss(id), SHOWN_MS)
  })
  return (
    <div
      aria-live="polite"
      className="fixed right-4 bottom-4 z-40 flex w-80 max-w-[calc(100vw-2rem)] flex-col gap-2"
    >
      {toasts.map(({ id, message }) => (
        <div key={id} className="card flex items-start gap-3 p-4 text-sm">
          <p className="flex-1">{message}</p>
          <button
            type="button"
            aria-label="Dismiss"
            className="rounded text-muted hover:text-ink"
            onClick={() => dismiss(id)}
          >
            <Icon name="close" className="size-4" />
          </button>
        </div>
      ))}
    </div>
  )
}
