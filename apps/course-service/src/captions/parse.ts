import { createHash } from 'node:crypto'
import { unreadable, type Cue } from './cues.ts'
import { nameOfLanguage } from './language.ts'
import { parseSrt } from './srt.ts'
import { parseTtml } from './ttml.ts'
import type { NewCaptions } from './store.ts'
import { parseWebVtt, writeWebVtt } from './webvtt.ts'

/** What is kept of a file. Throws CAPTIONS_UNREADABLE. */
export function makeCaptions(bytes: Uint8Array, language: string, label?: string): NewCaptions {
  const cues = parseCaptions(bytes)
  const vtt = writeWebVtt(cues)
  return {
    language,
    label: label?.trim() ?? nameOfLanguage(language),
    cueCount: cues.length,
    endSeconds: cues.reduce((latest, cue) => Math.max(latest, cue.endSeconds), 0),
    vtt,
    etag: createHash('sha256').update(vtt).digest('base64url').slice(0, 22),
  }
}

/** What a file says, whatever its name and type were. */
export function parseCaptions(bytes: Uint8Array): Cue[] {
  const text = decode(bytes)
  const lines = text.split(/\r\n|\r|\n/)
  const nul = lines.findIndex((line) => line.includes('\0'))
  if (nul !== -1) throw unreadable('this is no text; captions are saved as UTF-8', nul + 1)
  if (/^WEBVTT(?:[ \t]|$)/.test(lines[0] ?? '')) return parseWebVtt(lines)
  return text.trimStart().startsWith('<') ? parseTtml(text) : parseSrt(lines)
}

const encodings = [
  { label: 'utf-16le', mark: [0xff, 0xfe] },
  { label: 'utf-16be', mark: [0xfe, 0xff] },
]

/** UTF-8, or UTF-16 where its mark says so. Older code pages cannot be told apart, so that they are refused. */
function decode(bytes: Uint8Array): string {
  const marked = encodings.find(({ mark }) => mark.every((byte, n) => bytes[n] === byte))
  try {
    return new TextDecoder(marked?.label ?? 'utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    if (error instanceof TypeError)
      throw unreadable('This file is no UTF-8 text. Save it as UTF-8 and send it again')
    throw error
  }
}
