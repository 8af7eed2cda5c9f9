import { createHmac, timingSafeEqual } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'

/** Leave to read all files below one folder of the object store until a moment. */
const Grant = Type.Object({
  folder: Type.String(),
  userId: Type.String(),
  /** What is played: the folder may be that of another lecture, from which this one was duplicated. */
  lectureId: Type.Optional(Type.String()),
  uploadId: Type.Optional(Type.String()),
  /** The grant ends with what its reader is in this course. Absent for admins. */
  courseId: Type.Optional(Type.String()),
  /** What that is; absent: a student. */
  as: Type.Optional(Type.Literal('people')),
  /** Unix time in seconds. */
  expires: Type.Integer(),
})
export type Grant = Static<typeof Grant>
const grant = Compile(Grant)

const sign = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('base64url')

/** One URL segment; playlists name their segments relative to it, so that one grant covers a whole video. */
export const writeGrant = (content: Grant, secret: string): string => seal(content, secret)

/** Throws LINK_INVALID for a changed or expired grant. */
export function readGrant(segment: string, secret: string, now: number): Grant {
  const content = grant.Parse(unseal(segment, secret))
  if (content.expires * 1000 <= now) throw fail('LINK_INVALID', { detail: 'This link has expired' })
  return content
}

export function seal(content: object, secret: string): string {
  const text = Buffer.from(JSON.stringify(content)).toString('base64url')
  return `${text}.${sign(text, secret)}`
}

/** What was sealed with this secret; throws LINK_INVALID. */
export function unseal(segment: string, secret: string): unknown {
  const dot = segment.indexOf('.')
  const text = segment.slice(0, dot)
  // Compared as text: several texts decode to the same bytes.
  const [given, right] = [Buffer.from(segment.slice(dot + 1)), Buffer.from(sign(text, secret))]
  if (given.length !== right.length || !timingSafeEqual(given, right)) throw fail('LINK_INVALID')
  return JSON.parse(Buffer.from(text, 'base64url').toString())
}
