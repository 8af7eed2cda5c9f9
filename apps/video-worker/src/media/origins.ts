import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { VideoFault } from '../transcode/failure.ts'
import { AttemptEnded, type Opened, type Origin } from './copy.ts'
import { ask, type Internet } from './internet.ts'

/** An object of our own store. Its bytes never change, so what broke off simply goes on. */
export const objectOrigin = (
  objects: ObjectStore,
  key: string,
  expectedBytes: number | undefined,
): Origin => ({
  open: async (from) => {
    const found = await objects.head(key)
    // Where everything is missing, the store is not the right one: no verdict on the file.
    if (found === undefined) throw new AttemptEnded(`The store has no ${key}`)
    const { sizeBytes } = found
    if (expectedBytes !== undefined && sizeBytes !== expectedBytes) {
      throw new AttemptEnded(`The source has ${sizeBytes} of ${expectedBytes} bytes`)
    }
    const isRead = from === sizeBytes
    const body = isRead ? Readable.from([]) : await objects.read(key, { start: from, end: sizeBytes - 1 })
    return { body, from, sizeBytes }
  },
})

/** Refusals that pass: timeouts, too many requests (420 is Cloudinary's), and what is still being made (423). */
const passing = new Set([408, 420, 423, 425, 429])

/** A file on another's server. It goes on only where the server says that it is still the same one (RFC 9110 §13.1.5). */
export function remoteOrigin(url: URL, internet: Internet): Origin {
  let tag: string | undefined
  return {
    open: async (from, signal) => {
      const goesOn = from > 0 && tag !== undefined
      const headers = goesOn ? { range: `bytes=${from}-`, 'if-range': tag } : {}
      const answer = await ask(url, headers, internet, signal)
      try {
        if (answer.statusCode === 200) {
          tag = strongTag(answer.headers)
          return { body: answer, from: 0, sizeBytes: numberOf(answer.headers['content-length']) }
        }
        if (answer.statusCode === 206 && goesOn) return continued(answer, from)
        throw refusal(answer)
      } catch (error) {
        // Whatever was wrong with going on, the next try begins anew.
        tag = undefined
        answer.destroy()
        throw error
      }
    },
  }
}

const numberOf = (text: string | undefined) => (text === undefined ? undefined : Number(text))

const strongTag = ({ etag }: IncomingHttpHeaders) => (etag?.startsWith('"') === true ? etag : undefined)

function continued(answer: IncomingMessage, from: number): Opened {
  const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers['content-range'] ?? '') ?? []
  if (Number(start) !== from) throw new Error('The server of the source went on at another byte')
  return { body: answer, from, sizeBytes: numberOf(size) }
}

function refusal({ statusCode = 0 }: IncomingMessage): Error {
  const isFinal = statusCode >= 400 && statusCode < 500 && statusCode !== 416 && !passing.has(statusCode)
  if (isFinal) return new VideoFault('SOURCE_GONE', `its server answered ${statusCode}`)
  return new Error(`The server of the source answered ${statusCode}`)
}
