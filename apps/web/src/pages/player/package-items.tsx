import type { PartResult } from '@aetherlearn/contracts/progress/completion'
import type { OpenableItem } from '../../api/packages.ts'
import { Icon } from '../../components/icon.tsx'
import { percent } from '../../components/format.ts'

type Props = {
  items: OpenableItem[]
  chosen: OpenableItem
  resultOf: (item: OpenableItem) => PartResult | undefined
  onChoose: (item: OpenableItem) => void
}

/** `Passed, best score 90 %`. */
export function resultWords(result: PartResult | undefined): string {
  if (result === undefined) return 'Not finished yet'
  const { passed, completed, bestScore } = result
  const how = passed ? 'Passed' : completed ? 'Completed' : 'Not finished yet'
  return bestScore === undefined ? how : `${how}, best score ${percent(bestScore * 100)}`
}

/** The parts of a package that has several. */
export const PackageItems = ({ items, chosen, resultOf, onChoose }: Props) => (
  <nav aria-label="Parts of this lecture" className="border-t border-line p-2">
    <ol className="max-h-72 overflow-y-auto">
      {items.map((item) => (
        <li key={item.itemId}>
          <Part
            item={item}
            current={item === chosen}
            result={resultOf(item)}
            onChoose={() => onChoose(item)}
          />
        </li>
      ))}
    </ol>
  </nav>
)

type PartProps = {
  item: OpenableItem
  current: boolean
  result: PartResult | undefined
  onChoose: () => void
}

function Part({ item, current, result, onChoose }: PartProps) {
  const done = result?.completed === true || result?.passed === true
  return (
    <button
      type="button"
      onClick={onChoose}
      aria-current={current ? 'step' : undefined}
      className={`flex w-full items-center gap-3 rounded-lg px-3 py-2.5 text-left text-sm transition-colors ${current ? 'bg-accent-soft font-medium text-accent-ink' : 'hover:bg-sunken'}`}
    >
      <span
        className={`grid size-5 shrink-0 place-items-center rounded-full ${done ? 'bg-good text-canvas' : 'border-2 border-line-strong/50'}`}
      >
        {done && <Icon name="check" className="size-3.5" />}
      </span>
      <span className="min-w-0 flex-1">{item.title}</span>
      {result !== undefined && <span className="text-xs text-muted">{resultWords(result)}</span>}
    </button>
  )
}
