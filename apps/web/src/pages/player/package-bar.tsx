import type { RefObject } from 'react'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import type { SaveState } from './package-saver.ts'

type Props = {
  title: string
  saveState: SaveState | undefined
  /** What fills the screen. */
  room: RefObject<HTMLDivElement | null>
  onClose: () => void
}

const words = {
  saved: 'Saved',
  saving: 'Saving …',
  waiting: 'Kept on this device, and sent when you are back online',
} as const

/** Above an open package: what it is, whether it is saved, and the ways out. */
export function PackageBar({ title, saveState, room, onClose }: Props) {
  const isWrong = saveState === 'over' || saveState instanceof Error
  const fill = () =>
    document.fullscreenElement === null ? room.current?.requestFullscreen() : document.exitFullscreen()
  return (
    <div className="border-b border-line">
      <div className="flex items-center gap-2 py-2 pr-2 pl-4">
        <p className="min-w-0 flex-1 truncate text-sm font-medium">{title}</p>
        <p role="status" className="text-xs text-muted">
          {saveState !== undefined && !isWrong && words[saveState]}
        </p>
        {document.fullscreenEnabled && (
          <Button look="ghost" size="small" onClick={() => void fill()} aria-label="Full screen">
            <Icon name="fullscreen" className="size-4" />
          </Button>
        )}
        <Button look="ghost" size="small" onClick={onClose} aria-label="Leave this part">
          <Icon name="close" className="size-4" />
        </Button>
      </div>
      {saveState === 'over' && (
        <div role="alert" className="bg-warn-soft px-4 py-3 text-sm text-warn">
          This was opened again in another tab or on another device. What you do here is not kept any more.
        </div>
      )}
      {saveState instanceof Error && <Problem error={saveState} className="m-3" />}
    </div>
  )
}
