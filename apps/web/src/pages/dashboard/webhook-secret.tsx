import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'

/** A secret is shown when it is made, and never again. */
export function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(secret)
    setCopied(true)
  }
  return (
    <Dialog title="The secret of this webhook" onClose={onClose}>
      <p className="mt-3 text-sm text-muted">
        Your server verifies messages with it. It is shown this once: keep it where your server finds it.
      </p>
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
