import { orders, type Order } from '@aetherlearn/contracts/course/catalogue'
import { levels, type Level } from '@aetherlearn/contracts/course/shapes'

/** What the address of the catalogue says is searched for. */
export type Search = {
  q?: string
  category?: string
  level?: Level
  language?: string
  free?: true
  sort?: Order
}

const textIn = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? value : undefined)

/** Whatever stands in an address, only what makes sense is taken from it. */
export function searchOf(address: Record<string, unknown>): Search {
  const q = textIn(address['q'])
  const category = textIn(address['category'])
  const language = textIn(address['language'])
  const level = levels.find((known) => known === address['level'])
  const sort = orders.find((known) => known === address['sort'])
  return {
    ...(q !== undefined && { q: q.slice(0, 200) }),
    ...(category !== undefined && { category: category.slice(0, 80) }),
    ...(language !== undefined && { language }),
    ...(level !== undefined && { level }),
    ...(sort !== undefined && { sort }),
    ...(address['free'] === true && { free: true as const }),
  }
}

/** With `change` made; what becomes undefined is left out. */
export function changed(search: Search, change: { [K in keyof Search]: Search[K] | undefined }): Search {
  return searchOf({ ...search, ...change })
}

/** As the search route takes it. */
export function queryOf({ free, ...search }: Search) {
  return { ...search, ...(free && { maxPrice: 0 }) }
}
