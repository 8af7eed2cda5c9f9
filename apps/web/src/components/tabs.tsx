import { useId, useRef, type KeyboardEvent, type ReactNode } from 'react'

type Props<T extends string> = {
  name: string
  /** In their order. */
  tabs: Record<T, { label: ReactNode; panel: ReactNode }>
  chosen: T
  onChoose: (tab: T) => void
}

/** Tabs over their panels, with the keys of the ARIA tabs pattern. A panel that is not shown keeps what was typed. */
export function Tabs<T extends string>({ name, tabs, chosen, onChoose }: Props<T>) {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const isTab = (key: string): key is T => key in tabs
  const keys = Object.keys(tabs).filter(isTab)
  const onKeyDown = (event: KeyboardEvent) => {
    const at = keys.indexOf(chosen)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key]
    const tab = to === undefined ? undefined : keys.at(to % keys.length)
    if (tab === undefined) return
    // So that what listens on the page leaves the key alone.
    event.preventDefault()
    onChoose(tab)
    list.current?.querySelector<HTMLElement>(`[data-tab="${tab}"]`)?.focus()
  }
  return (
    <>
      <div
        ref={list}
        role="tablist"
        aria-label={name}
        onKeyDown={onKeyDown}
        className="flex gap-1 border-b border-line px-3"
      >
        {keys.map((tab) => (
          <button
            key={tab}
            type="button"
            role="tab"
            id={`${id}-${tab}`}
            data-tab={tab}
            aria-selected={tab === chosen}
            aria-controls={`${id}-${tab}-panel`}
            tabIndex={tab === chosen ? 0 : -1}
            onClick={() => onChoose(tab)}
            className="-mb-px border-b-2 border-transparent px-3 py-2.5 text-sm text-muted hover:text-ink focus-visible:-outline-offset-2 aria-selected:border-accent aria-selected:font-medium aria-selected:text-ink"
          >
            {tabs[tab].label}
          </button>
        ))}
      </div>
      {keys.map((tab) => (
        <div
          key={tab}
          role="tabpanel"
          id={`${id}-${tab}-panel`}
          aria-labelledby={`${id}-${tab}`}
          hidden={tab !== chosen}
        >
          {tabs[tab].panel}
        </div>
      ))}
    </>
  )
}
