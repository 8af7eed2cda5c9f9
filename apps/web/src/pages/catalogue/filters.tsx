import { levels } from '@aetherlearn/contracts/course/shapes'
import type { Order } from '@aetherlearn/contracts/course/catalogue'
import { languageName, levelNames } from '../../components/course-words.ts'
import { Field, Select } from '../../components/field.tsx'
import { changed, type Search } from './search.ts'

type Facet = { value: string; count: number }[]
export type Facets = { category: Facet; level: Facet; language: Facet }
type Props = { search: Search; facets: Facets | undefined; onChange: (search: Search) => void }

const orNone = (value: string) => (value === '' ? undefined : value)

const sorts: readonly (readonly [Order | '', string])[] = [
  ['', 'Best match'],
  ['newest', 'Newest'],
  ['title', 'Title'],
  ['price', 'Price, lowest first'],
  ['-price', 'Price, highest first'],
]

/** Words, what kind of course, and in which order. */
export function Filters({ search, facets, onChange }: Props) {
  const set: Set = (change) => onChange(changed(search, change))
  return (
    <div className="mb-6 space-y-4">
      <div className="flex flex-wrap items-end gap-3">
        <Field
          label="Search courses"
          hideLabel
          type="search"
          placeholder="Search courses"
          maxLength={200}
          className="w-full sm:w-72"
          defaultValue={search.q ?? ''}
          onChange={({ target }) => set({ q: orNone(target.value) })}
        />
        <Choices search={search} languages={facets?.language ?? []} set={set} />
        <label className="flex h-10 items-center gap-2 text-sm">
          <input
            type="checkbox"
            checked={search.free ?? false}
            onChange={({ target }) => set({ free: target.checked || undefined })}
            className="size-4 accent-accent"
          />
          Free
        </label>
      </div>
      <Categories
        chosen={search.category}
        found={facets?.category ?? []}
        onChoose={(category) => set({ category })}
      />
    </div>
  )
}

type Set = (change: Parameters<typeof changed>[1]) => void

function Choices({ search, languages, set }: { search: Search; languages: Facet; set: Set }) {
  const chosen = search.language === undefined ? [] : [search.language]
  const offered = [...new Set([...languages.map(({ value }) => value), ...chosen])]
  return (
    <>
      <Select
        label="Level"
        hideLabel
        value={search.level ?? ''}
        options={[['', 'Any level'], ...levels.map((level) => [level, levelNames[level]] as const)]}
        onChange={({ target }) => set({ level: levels.find((level) => level === target.value) })}
      />
      <Select
        label="Language"
        hideLabel
        value={search.language ?? ''}
        options={[['', 'Any language'], ...offered.map((tag) => [tag, languageName(tag)] as const)]}
        onChange={({ target }) => set({ language: orNone(target.value) })}
      />
      <Select
        label="Order"
        hideLabel
        value={search.sort ?? ''}
        options={sorts}
        onChange={({ target }) =>
          set({ sort: sorts.find(([sort]) => sort === target.value)?.[0] || undefined })
        }
      />
    </>
  )
}

type CategoriesProps = {
  chosen: string | undefined
  found: Facet
  onChoose: (category: string | undefined) => void
}

const Categories = ({ chosen, found, onChoose }: CategoriesProps) => (
  <div role="group" aria-label="Categories" className="flex flex-wrap gap-2">
    {found.slice(0, 12).map(({ value, count }) => (
      <button
        key={value}
        type="button"
        aria-pressed={value === chosen}
        onClick={() => onChoose(value === chosen ? undefined : value)}
        className="rounded-full border border-line bg-surface px-3 py-1.5 text-sm text-muted transition-colors
          hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-ink"
      >
        {value} <span className="tabular-nums opacity-70">{count}</span>
      </button>
    ))}
  </div>
)
