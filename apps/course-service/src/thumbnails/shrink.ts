import { thumbnailSizes } from '@aetherlearn/contracts/course/thumbnails'
import { fail, Failure } from '@aetherlearn/service-kit/errors'
import sharp from 'sharp'

/** 40 megapixels, more than cameras of today; a few kilobytes can claim to be a thousand times as large. */
const MAX_PIXELS = 40_000_000
/** libvips stops after that. */
const TIMEOUT_SECONDS = 10
/** Pictures decoded at once in this process: each takes memory in proportion to its pixels. */
const AT_ONCE = 2

sharp.cache(false)
sharp.concurrency(1)

export type Made = { file: string; bytes: Buffer }

let busy = 0
const waiting: (() => void)[] = []
async function withPlace<T>(work: () => Promise<T>): Promise<T> {
  if (busy >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  else busy += 1
  try {
    return await work()
  } finally {
    const next = waiting.shift()
    if (next === undefined) busy -= 1
    else next()
  }
}

/**
 * The picture in our sizes, cut to fill them, turned as the camera was held. Nothing of the file itself is kept: it is
 * decoded and written anew, without its metadata. Throws UNSUPPORTED_MEDIA for what does not decode, TOO_LARGE for too
 * many pixels.
 */
export const shrink = (bytes: Buffer): Promise<Made[]> =>
  withPlace(async () => {
    try {
      const { width = 0, height = 0 } = await sharp(bytes, { limitInputPixels: false }).metadata()
      if (width * height > MAX_PIXELS)
        throw fail('TOO_LARGE', { detail: 'A picture has at most 40 megapixels' })
      const made: Made[] = []
      for (const size of thumbnailSizes) made.push({ file: size.file, bytes: await cut(bytes, size) })
      return made
    } catch (error) {
      if (error instanceof Failure) throw error
      throw fail('UNSUPPORTED_MEDIA', { detail: 'This picture cannot be read', cause: error })
    }
  })

type Size = { width: number; height: number }
const cut = (bytes: Buffer, { width, height }: Size) =>
  sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', sequentialRead: true })
    .timeout({ seconds: TIMEOUT_SECONDS })
    .autoOrient()
    .resize(width, height, { fit: 'cover', position: 'centre' })
    .webp({ quality: 80 })
    .toBuffer()
