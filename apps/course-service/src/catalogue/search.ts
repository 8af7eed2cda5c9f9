import type { CatalogueFilters, CourseCard, Order } from '@aetherlearn/contracts/course/catalogue'
import { fold, wordsOf } from './fold.ts'
import { createPage, type Place } from './paging.ts'
import type { CatalogueRow } from './store.ts'
import { createWordIndex } from './words.ts'

/** More say nothing that the first did not say. */
const MAX_WORDS = 8
const MAX_FACET_VALUES = 100
/** Titles are put in order by so many letters, so that a cursor stays short. */
const ORDERED_LETTERS = 60

export type Question = CatalogueFilters & { q?: string; sort: Order; limit: number; from?: Place | undefined }
export type Facet = { value: string; count: number }[]
export type Facets = { category: Facet; level: Facet; language: Facet }
/** `last` is there when there are more. */
export type Found = { courses: CourseCard[]; last?: Place; total: number; facets: Facets }

/** A course, with what is compared worked out once. */
type Entry = { row: CatalogueRow; title: string; language: string; publishedAt: number }

const entryOf = (row: CatalogueRow): Entry => ({
  row,
  title: fold(row.title).slice(0, ORDERED_LETTERS),
  language: row.language.toLowerCase(),
  publishedAt: row.publishedAt.getTime(),
})

const textsOf = ({ title, category, subtitle, about }: CatalogueRow) =>
  [
    [title, 8],
    [category, 4],
    [subtitle, 3],
    [about, 1],
  ] as const

/** The contract takes what it names out of it. */
const cardOf = (row: CatalogueRow): CourseCard => ({ ...row, publishedAt: row.publishedAt.toISOString() })

function passing({ category, level, language, minPrice, maxPrice }: CatalogueFilters) {
  const foldedCategory = category === undefined ? undefined : fold(category)
  const asked = language?.toLowerCase()
  const speaks = (spoken: string) => asked === undefined || spoken === asked || spoken.startsWith(`${asked}-`)
  return ({ row, language: spoken }: Entry) =>
    (foldedCategory === undefined || row.foldedCategory === foldedCategory) &&
    (level === undefined || row.level === level) &&
    speaks(spoken) &&
    (minPrice === undefined || row.price >= minPrice) &&
    (maxPrice === undefined || row.price <= maxPrice)
}

function valueIn(order: Order, { row, title, publishedAt }: Entry, score: number): number | string {
  if (order === 'relevance') return score
  if (order === 'title' || order === '-title') return title
  return order === 'price' || order === '-price' ? row.price : publishedAt
}

function createCounts() {
  const counts = new Map<string, number>()
  return {
    add: (value: string) => counts.set(value, (counts.get(value) ?? 0) + 1),
    facet: (): Facet =>
      [...counts]
        .map(([value, count]) => ({ value, count }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
        .slice(0, MAX_FACET_VALUES),
  }
}

export type SearchIndex = ReturnType<typeof createSearchIndex>

/** All live courses in the memory of this process, and the answers to questions about them. */
export function createSearchIndex() {
  /** By number; a number is given again when its course is gone. */
  const entries: (Entry | undefined)[] = []
  const free: number[] = []
  const numbers = new Map<string, number>()
  const changedAt = new Map<string, number>()
  const words = createWordIndex()
  let changes = 0

  const take = (courseId: string) => {
    const number = numbers.get(courseId)
    const entry = number === undefined ? undefined : entries[number]
    if (number === undefined || entry === undefined) return
    words.remove(number, textsOf(entry.row))
    entries[number] = undefined
    numbers.delete(courseId)
    free.push(number)
  }
  const put = (row: CatalogueRow) => {
    const number = free.pop() ?? entries.length
    entries[number] = entryOf(row)
    numbers.set(row._id, number)
    words.add(number, textsOf(row))
  }

  return {
    size: () => numbers.size,
    /** An answer given at another count may be out of date. */
    changes: () => changes,

    /** The course is as this row says, unless a later state of it is known already. */
    apply: (row: CatalogueRow) => {
      const at = row.changedAt.getTime()
      const known = changedAt.get(row._id) ?? 0
      const number = numbers.get(row._id)
      const version = number === undefined ? undefined : entries[number]?.row.version
      const isSame = version === (row.isListed ? row.version : undefined)
      if (at < known || (at === known && isSame)) return
      changedAt.set(row._id, at)
      changes += 1
      take(row._id)
      if (row.isListed) put(row)
    },

    search: (question: Question): Found => {
      const { q, sort, limit, from } = question
      const asked = [...new Set(wordsOf(q ?? ''))].slice(0, MAX_WORDS)
      const scores = q === undefined ? undefined : words.scores(asked, entries.length)
      const passes = passing(question)
      const page = createPage(sort, limit + 1, from)
      const [categories, levels, languages] = [createCounts(), createCounts(), createCounts()]
      let total = 0
      for (let number = 0; number < entries.length; number += 1) {
        const entry = entries[number]
        const score = scores?.[number]
        if (entry === undefined || score === 0 || !passes(entry)) continue
        total += 1
        const { row, publishedAt } = entry
        categories.add(row.category)
        levels.add(row.level)
        languages.add(row.language)
        page.offer({ value: valueIn(sort, entry, score ?? 0), publishedAt, courseId: row._id })
      }
      const shown = page.kept.slice(0, limit)
      const last = page.kept.length > limit ? shown.at(-1) : undefined
      const courses = shown.flatMap(({ courseId }) => {
        const entry = entries[numbers.get(courseId) ?? -1]
        return entry === undefined ? [] : [cardOf(entry.row)]
      })
      const facets = { category: categories.facet(), level: levels.facet(), language: languages.facet() }
      return { courses, ...(last === undefined ? {} : { last }), total, facets }
    },
  }
}
