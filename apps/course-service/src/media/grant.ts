import { createHmac, timingSafeEqual } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'

/** Leave to read all files below one folder of the object store until a moment. */
const Grant = Type.Object({
  folder: Type.String(),
  userId: Type.String(),
  /** Unix time in seconds. */
  expires: Type.Integer(),
})
export type Grant = Static<typeof Grant>
const grant = Compile(Grant)

const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest()

/** One URL segment; playlists name their segments relative to it, so that one grant covers a whole video. */
export function writeGrant(content: Grant, secret: string): string {
  const text = Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${text}.${sign(text, secret).toString('base64url')}`
}

/** Throws LINK_INVALID for a changed or expired grant. */
export function readGrant(segment: string, secret: string, now: number): Grant {
  const [text = '', signature = ''] = segment.split('.')
  const [given, right] = [Buffer.from(signature, 'base64url'), sign(text, secret)]
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw fail('LINK_INVALID')
  const content = grant.Parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  if (content.expires * 1000 <= now) throw fail('LINK_INVALID', { detail: 'This link has expired' })
  return content
}
