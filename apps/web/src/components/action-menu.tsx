import { Icon } from './icon.tsx'
import { useMenu } from './use-menu.ts'

/** `undefined` is left out, so that a list can name what is only sometimes possible. */
export type MenuAction = { label: string; run: () => void; danger?: boolean } | undefined

/** Three dots that open a list of what can be done with something. */
export function ActionMenu({ name, actions }: { name: string; actions: MenuAction[] }) {
  const { open, root, close, button, list } = useMenu()
  return (
    <div ref={root} className="relative">
      <button
        {...button}
        aria-label={name}
        title={name}
        className="grid size-8 place-items-center rounded-lg text-muted transition-colors hover:bg-sunken hover:text-ink"
      >
        <Icon name="more" className="size-5" />
      </button>
      {open && (
        <ul
          {...list}
          aria-label={name}
          className="absolute right-0 z-20 mt-1 max-h-80 min-w-48 overflow-y-auto rounded-xl border border-line bg-surface p-1 text-sm shadow-card"
        >
          {actions
            .filter((action) => action !== undefined)
            .map(({ label, run, danger = false }, index) => (
              <li key={label} role="none">
                <button
                  type="button"
                  role="menuitem"
                  autoFocus={index === 0}
                  onClick={() => {
                    close()
                    run()
                  }}
                  className={`block w-full rounded-lg px-3 py-1.5 text-left hover:bg-sunken focus-visible:-outline-offset-2 ${danger ? 'text-bad' : ''}`}
                >
                  {label}
                </button>
              </li>
            ))}
        </ul>
      )}
    </div>
  )
}
