import { fail } from '@aetherlearn/service-kit/errors'

/** What the first bytes say: JPEG, PNG, WebP or AVIF; everything else is refused before anything decodes it. */
export function assertPicture(bytes: Buffer) {
  const text = (start: number, end: number) => bytes.toString('latin1', start, end)
  const isJpeg = text(0, 3) === '\xff\xd8\xff'
  const isPng = text(0, 8) === '\x89PNG\r\n\x1a\n'
  const isWebp = text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP'
  // ISO 14496-12 §4.3: the brands of the file follow its type box's length and name.
  const brands = text(4, 8) === 'ftyp' ? text(8, Math.min(bytes.readUInt32BE(0), 256)) : ''
  const isAvif = brands.includes('avif') || brands.includes('avis')
  if (isJpeg || isPng || isWebp || isAvif) return
  throw fail('UNSUPPORTED_MEDIA', { detail: 'A picture is a JPEG, PNG, WebP or AVIF file' })
}

const versionOf = (folder: string) => folder.split('/').at(-1) ?? ''
export const isVersion = (folder: string, version: string | undefined) => version === versionOf(folder)

/** Of the published picture; another picture has another address. */
export const publishedPictureUrl = (courseId: string, folder: string) =>
  `/api/v1/course/published/${courseId}/thumbnail/large.webp?v=${versionOf(folder)}`
