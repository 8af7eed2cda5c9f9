import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { Icon, type IconName } from '../../components/icon.tsx'

type Props = {
  name: string
  icon: IconName
  chosen: number
  options: { value: number; label: string }[]
  onChoose: (value: number) => void
}

/** A button that opens a list to choose one thing from (ARIA menu button pattern). */
export function OptionMenu({ name, icon, chosen, options, onChoose }: Props) {
  const [open, setOpen] = useState(false)
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  useOutside(root, open, () => setOpen(false))
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  return (
    <div ref={root} className="relative">
      <button
        ref={button}
        type="button"
        aria-label={name}
        title={name}
        aria-haspopup="menu"
        aria-expanded={open}
        {...(open && { 'aria-controls': id })}
        onClick={() => setOpen(!open)}
        className="player-button"
      >
        <Icon name={icon} className="size-6" />
      </button>
      {open && (
        <ul
          id={id}
          role="menu"
          aria-label={name}
          onKeyDown={(event) => moveFocus(event, close)}
          className="absolute right-0 bottom-12 max-h-60 min-w-36 overflow-y-auto rounded-xl bg-[#16181e]/95 p-1 text-sm shadow-xl"
        >
          {options.map(({ value, label }) => (
            <li key={value} role="none">
              <button
                type="button"
                role="menuitemradio"
                aria-checked={value === chosen}
                // The menu takes the focus to where the choice stands now.
                autoFocus={value === chosen}
                onClick={() => {
                  onChoose(value)
                  close()
                }}
                className="flex w-full items-center gap-2 rounded-lg px-3 py-1.5 text-left text-white hover:bg-white/15 focus-visible:-outline-offset-2"
              >
                <Icon name="check" className={`size-4 ${value === chosen ? '' : 'invisible'}`} />
                {label}
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function moveFocus(event: KeyboardEvent<HTMLUListElement>, close: () => void) {
  const items = [...event.currentTarget.querySelectorAll('button')]
  const at = items.findIndex((item) => item === document.activeElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key]
  if (event.key === 'Escape' || event.key === 'Tab') return close()
  if (to === undefined) return
  event.preventDefault()
  items.at(to % items.length)?.focus()
}

function useOutside(root: React.RefObject<HTMLElement | null>, open: boolean, close: () => void) {
  useEffect(() => {
    if (!open) return
    const listen = ({ target }: PointerEvent) => {
      if (target instanceof Node && root.current?.contains(target) === false) close()
    }
    document.addEventListener('pointerdown', listen)
    return () => document.removeEventListener('pointerdown', listen)
  }, [root, open, close])
}
