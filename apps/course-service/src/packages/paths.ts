import { createHash } from 'node:crypto'
import { unreadable } from './refusals.ts'

const BASE = 'http://package.invalid/'

/** The names of the files in a package, and each of them by its name in small letters. */
export type FileNames = { has(path: string): boolean; spelt(path: string): string | undefined }

export function namesOf(paths: Iterable<string>): FileNames {
  const exact = new Set(paths)
  const folded = new Map<string, string>()
  for (const path of exact) folded.set(path.toLowerCase(), path)
  return {
    has: (path) => exact.has(path),
    // Packages that were made where large and small letters are the same name their files in both.
    spelt: (path) => (exact.has(path) ? path : folded.get(path.toLowerCase())),
  }
}

/**
 * An address in a manifest as one relative to the package: its file is there, and spelt as there. `bases` are those of the
 * elements around it, outermost first.
 */
export function launchOf(address: string, bases: (string | undefined)[], names: FileNames): string {
  const url = resolved([...bases, address])
  const path = decoded(url.pathname.slice(1))
  const found = names.spelt(path)
  if (found === undefined) {
    throw unreadable(
      `Its manifest begins with “${path}”, which is not in the package`,
      'Export the package again, and upload the zip file as it is.',
    )
  }
  return encodedPath(found) + url.search + url.hash
}

function resolved(addresses: (string | undefined)[]): URL {
  let url = new URL(BASE)
  for (const address of addresses) {
    if (address === undefined) continue
    const next = URL.canParse(address, url.href) ? new URL(address, url) : undefined
    if (next?.origin !== url.origin) {
      throw unreadable(
        `Its manifest names “${address.slice(0, 200)}”, which lies outside the package`,
        'What SCORM opens has to be in the zip file.',
      )
    }
    url = next
  }
  return url
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

export const encodedPath = (path: string) => path.split('/').map(encodeURIComponent).join('/')

export const packageFolderOf = (packageId: string) => `packages/${packageId}`

/** Object keys are made of few letters; names of files hold any. */
export const fileKeyOf = (folder: string, path: string) =>
  `${folder}/${createHash('sha256').update(path).digest('hex').slice(0, 40)}`
