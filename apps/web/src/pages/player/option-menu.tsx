import { Icon, type IconName } from '../../components/icon.tsx'
import { useMenu } from '../../components/use-menu.ts'

type Props<T extends string | number> = {
  name: string
  icon: IconName
  chosen: T
  options: { value: T; label: string }[]
  onChoose: (value: T) => void
}

/** A button that opens a list to choose one thing from (ARIA menu button pattern). */
export function OptionMenu<T extends string | number>({ name, icon, chosen, options, onChoose }: Props<T>) {
  const { open, root, close, button, list } = useMenu()
  return (
    <div ref={root} className="relative">
      <button {...button} aria-label={name} title={name} className="player-button">
        <Icon name={icon} className="size-6" />
      </button>
      {open && (
        <ul
          {...list}
          aria-label={name}
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
