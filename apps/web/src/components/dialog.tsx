import { useEffect, useId, useRef, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { Problem } from './problem.tsx'

type Props = { title: string; onClose: () => void; children: ReactNode }

/** The browser's own modal dialog: it keeps the focus inside, and Escape closes it. */
export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onClose={onClose}
      className="card m-auto w-[calc(100%-2rem)] max-w-md p-6 backdrop:bg-black/40"
    >
      <h2 id={id} className="text-lg font-semibold">
        {title}
      </h2>
      {children}
    </dialog>
  )
}

type ConfirmProps = Props & { confirm: string; busy: boolean; error: Error | null; onConfirm: () => void }

/** Asks before something that cannot be taken back. */
export const Confirm = ({ confirm, busy, error, onConfirm, children, ...dialog }: ConfirmProps) => (
  <Dialog {...dialog}>
    <div className="mt-3 text-sm text-muted">{children}</div>
    {error !== null && <Problem error={error} className="mt-4" />}
    <div className="mt-6 flex justify-end gap-2">
      <Button look="secondary" onClick={dialog.onClose}>
        Cancel
      </Button>
      <Button look="danger" busy={busy} onClick={onConfirm}>
        {confirm}
      </Button>
    </div>
  </Dialog>
)
