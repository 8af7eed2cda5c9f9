import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'

/** The behaviour of a button that opens a menu: keys and focus as in the ARIA menu button pattern. */
export function useMenu() {
  const [open, setOpen] = useState(false)
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (!open) return
    const listen = ({ target }: PointerEvent) => {
      if (target instanceof Node && root.current?.contains(target) === false) setOpen(false)
    }
    document.addEventListener('pointerdown', listen)
    return () => document.removeEventListener('pointerdown', listen)
  }, [open])
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return {
    open,
    root,
    close,
    button: {
      ref: button,
      type: 'button' as const,
      'aria-haspopup': 'menu' as const,
      'aria-expanded': open,
      ...(open && { 'aria-controls': id }),
      onClick: () => setOpen(!open),
    },
    list: {
      id,
      role: 'menu' as const,
      onKeyDown: (event: KeyboardEvent<HTMLUListElement>) => moveFocus(event, close),
    },
  }
}

function moveFocus(event: KeyboardEvent<HTMLUListElement>, close: () => void) {
  const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')]
  const at = items.findIndex((item) => item === document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (event.key === 'Escape' || event.key === 'Tab') return close()
  if (to === undefined) return
  event.preventDefault()
  items.at(to % items.length)?.focus()
}
