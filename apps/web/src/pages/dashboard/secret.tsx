import { useState, type ReactNode } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'

type Props = {
  title: string
  secret: string
  onClose: () => void
  /** What it is for. */
  children: ReactNode
}

/** A secret is shown when it is made, and never again. */
export function Secret({ title, secret, onClose, children }: Props) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(secret)
    setCopied(true)
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="mt-3 text-sm text-muted">{children}</p>
      <code className="mt-4 block rounded-lg bg-sunken p-3 text-sm break-all select-all">{secret}</code>
      <div className="mt-6 flex justify-end gap-2">
        <Button look="secondary" onClick={() => void copy().catch(() => setCopied(false))}>
          {isCopied ? 'Copied' : 'Copy'}
        </Button>
        <Button onClick={onClose}>Done</Button>
      </div>
    </Dialog>
  )
}
