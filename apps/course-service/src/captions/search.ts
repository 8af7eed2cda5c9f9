import { MAX_CAPTION_HITS, type CaptionHit } from '@aetherlearn/contracts/course/captions'
import { wordsOf } from '../catalogue/fold.ts'
import { type Cue } from './cues.ts'

type Found = { hits: CaptionHit[]; hasMore: boolean }
type Captions = { language: string; cues: Cue[] }

/** Where the words follow each other, also from one cue to the next. In the order in which they are said. */
export function searchCues({ language, cues }: Captions, q: string): CaptionHit[] {
  const wanted = wordsOf(q).join(' ')
  if (wanted === '') return []
  const begins: number[] = []
  let said = ''
  for (const { text } of cues) {
    begins.push(said.length)
    said += `${wordsOf(text).join(' ')} `
  }
  const hits: CaptionHit[] = []
  let cue = 0
  for (let at = said.indexOf(wanted); at !== -1 && hits.length <= MAX_CAPTION_HITS;) {
    while ((begins[cue + 1] ?? Infinity) <= at) cue += 1
    let last = cue
    while ((begins[last + 1] ?? Infinity) < at + wanted.length) last += 1
    hits.push(hitOf(language, cues.slice(cue, last + 1)))
    // One hit for each cue: the next one begins in another.
    at = said.indexOf(wanted, begins[cue + 1] ?? said.length)
  }
  return hits
}

const hitOf = (language: string, cues: Cue[]): CaptionHit => ({
  language,
  startSeconds: cues[0]?.startSeconds ?? 0,
  endSeconds: Math.max(...cues.map(({ endSeconds }) => endSeconds)),
  text: cues.map(({ text }) => text).join('\n'),
})

/** The hits of all languages, earliest first. */
export function merged(found: CaptionHit[]): Found {
  const sorted = found.toSorted((a, b) => a.startSeconds - b.startSeconds)
  return { hits: sorted.slice(0, MAX_CAPTION_HITS), hasMore: sorted.length > MAX_CAPTION_HITS }
}
