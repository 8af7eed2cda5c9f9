import { wordsOf } from './fold.ts'

/** Words with where they stand: a course's number and how much it means that the word stands there, in one number. */
const WEIGHTS = 16
const entryOf = (course: number, weight: number) => course * WEIGHTS + weight

/** How near a word is to the one that was asked for. */
const EXACT = 4
const BEGINS = 2
const SIMILAR = 1
/** With fewer courses than this for a word, it may have been meant otherwise. */
const FEW = 5
const MAX_SIMILAR = 50

type Texts = readonly (readonly [text: string, weight: number])[]
type Word = { letters: number; entries: number[] }

/** One bit for each letter, so that most words are seen to differ without comparing them. */
function lettersOf(word: string): number {
  let bits = 0
  for (let i = 0; i < word.length; i += 1) bits |= 1 << (word.charCodeAt(i) & 31)
  return bits
}

function bitsIn(value: number): number {
  let count = 0
  for (let rest = value; rest !== 0; rest &= rest - 1) count += 1
  return count
}

/** Mistakes that are forgiven: none in short words, where each makes another word. */
const forgiven = (word: string) => (word.length < 4 ? 0 : word.length < 8 ? 1 : 2)

/** Whether at most `limit` letters were added, left out, changed or swapped with their neighbour. */
export function isSimilar(a: string, b: string, limit: number): boolean {
  if (Math.abs(a.length - b.length) > limit) return false
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    let best = i
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row.push(cost)
      if (cost < best) best = cost
    }
    if (best > limit) return false
    before = last
    last = row
  }
  return (last[b.length] ?? 0) <= limit
}

/** Where an entry stands, or would stand, in a list in order. */
function placeOf(entries: number[], entry: number): number {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((entries[middle] ?? 0) < entry) low = middle + 1
    else high = middle
  }
  return low
}

export type WordIndex = ReturnType<typeof createWordIndex>

/**
 * Which courses hold which words. How well a course fits depends on nothing but itself and the question, so that other
 * courses that come and go never change the order of two.
 */
export function createWordIndex() {
  const words = new Map<string, Word>()
  /** By their first two letters. */
  const beginnings = new Map<string, Set<string>>()

  function weightsOf(texts: Texts): Map<string, number> {
    const found = new Map<string, number>()
    for (const [text, weight] of texts)
      for (const word of wordsOf(text)) found.set(word, Math.max(weight, found.get(word) ?? 0))
    return found
  }

  function addWord(text: string): Word {
    const added = { letters: lettersOf(text), entries: [] }
    words.set(text, added)
    const start = text.slice(0, 2)
    const others = beginnings.get(start)
    if (others === undefined) beginnings.set(start, new Set([text]))
    else others.add(text)
    return added
  }

  function removeWord(text: string) {
    words.delete(text)
    beginnings.get(text.slice(0, 2))?.delete(text)
  }

  /** Words that stand for the one asked for, each with its nearness. */
  function* matching(asked: string): Generator<readonly [Word, number]> {
    let courses = 0
    const exact = words.get(asked)
    if (exact !== undefined) {
      courses += exact.entries.length
      yield [exact, EXACT]
    }
    if (asked.length >= 2) {
      for (const text of beginnings.get(asked.slice(0, 2)) ?? []) {
        const word = text !== asked && text.startsWith(asked) ? words.get(text) : undefined
        if (word === undefined) continue
        courses += word.entries.length
        yield [word, BEGINS]
      }
    }
    if (courses < FEW) yield* similar(asked)
  }

  function* similar(asked: string): Generator<readonly [Word, number]> {
    const limit = forgiven(asked)
    if (limit === 0) return
    const letters = lettersOf(asked)
    let left = MAX_SIMILAR
    for (const [text, word] of words) {
      if (Math.abs(text.length - asked.length) > limit || bitsIn(word.letters ^ letters) > 2 * limit) continue
      if (text === asked || text.startsWith(asked) || !isSimilar(asked, text, limit)) continue
      yield [word, SIMILAR]
      left -= 1
      if (left === 0) return
    }
  }

  return {
    add: (course: number, texts: Texts) => {
      for (const [text, weight] of weightsOf(texts)) {
        const { entries } = words.get(text) ?? addWord(text)
        const entry = entryOf(course, weight)
        if (entry > (entries.at(-1) ?? -1)) entries.push(entry)
        else entries.splice(placeOf(entries, entry), 0, entry)
      }
    },

    remove: (course: number, texts: Texts) => {
      for (const [text, weight] of weightsOf(texts)) {
        const word = words.get(text)
        if (word === undefined) continue
        word.entries.splice(placeOf(word.entries, entryOf(course, weight)), 1)
        if (word.entries.length === 0) removeWord(text)
      }
    },

    /** The score of each of `size` courses: 0 where one of the words is missing. */
    scores: (asked: string[], size: number): Uint16Array => {
      const total = new Uint16Array(size)
      for (const [turn, text] of asked.entries()) {
        const best = new Uint16Array(size)
        for (const [{ entries }, nearness] of matching(text)) {
          for (const entry of entries) {
            const course = Math.floor(entry / WEIGHTS)
            const score = (entry % WEIGHTS) * nearness
            if (score > (best[course] ?? 0)) best[course] = score
          }
        }
        for (let course = 0; course < size; course += 1) {
          const [one, sum] = [best[course] ?? 0, total[course] ?? 0]
          total[course] = one === 0 || (turn > 0 && sum === 0) ? 0 : sum + one
        }
      }
      return total
    },
  }
}
