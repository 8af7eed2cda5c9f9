import { fail } from '@aetherlearn/service-kit/errors'

/** What is shown from one moment to another: lines of plain text, none of them empty. */
export type Cue = {
  startSeconds: number
  endSeconds: number
  text: string
  /** Where it stands in the picture, as WebVTT cue settings; only those that `settingsOf` lets through. */
  settings?: string
}

/** The same person may have several on screen at once, so that there is no other order than this. */
export const inOrder = (cues: Cue[]): Cue[] =>
  cues.toSorted((a, b) => a.startSeconds - b.startSeconds || a.endSeconds - b.endSeconds)

const MAX_CUES = 20_000
const MAX_CUE_LENGTH = 2000
/** 12 hours, longer than any lecture. */
const MAX_SECONDS = 43_200

/** Of the file that was sent; `line` counts from one. */
export const unreadable = (message: string, line?: number) =>
  fail('CAPTIONS_UNREADABLE', { detail: line === undefined ? message : `Line ${line}: ${message}` })

/** Collects the cues of a file and refuses what no captions look like. */
export function createCollector() {
  const cues: Cue[] = []
  return {
    /** Cues without text are left out. */
    add: ({ startSeconds, endSeconds, text, settings }: Cue, line: number): void => {
      const cue = {
        startSeconds: toMillis(startSeconds),
        endSeconds: toMillis(endSeconds),
        text: cleanText(text),
      }
      if (cue.endSeconds <= cue.startSeconds) throw unreadable('this caption ends before it begins', line)
      if (cue.endSeconds > MAX_SECONDS) throw unreadable('this caption ends after more than 12 hours', line)
      if (cue.text === '') return
      if (cue.text.length > MAX_CUE_LENGTH)
        throw unreadable(`this caption has more than ${MAX_CUE_LENGTH} characters`, line)
      if (cues.length === MAX_CUES) throw unreadable(`there are more than ${MAX_CUES} captions`, line)
      cues.push(settings === undefined ? cue : { ...cue, settings })
    },
    done: (): Cue[] => {
      if (cues.length === 0) throw unreadable('There are no captions in this file')
      return inOrder(cues)
    },
  }
}

const toMillis = (seconds: number) => Math.round(seconds * 1000) / 1000

/** Without control characters, empty lines and spaces that nobody sees. */
export const cleanText = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/[\p{Cc}\p{Zs}\u2028\u2029\ufeff]+/gu, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
