import { createHmac } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { seal, unseal } from '../media/grant.ts'

/** Leave to read the files of one package until a moment, at one origin. */
const PackageGrant = Type.Object({
  packageId: Type.String(),
  userId: Type.String(),
  /** The grant ends with what its reader is in this course. Absent for admins. */
  courseId: Type.Optional(Type.String()),
  /** What that is; absent: a student. */
  as: Type.Optional(Type.Literal('people')),
  /** Where it is opened, and nowhere else. */
  at: Type.String(),
  /** The console, which alone may frame it. */
  by: Type.String(),
  /** Unix time in seconds. */
  expires: Type.Integer(),
})
export type PackageGrant = Static<typeof PackageGrant>
const grant = Compile(PackageGrant)

/** Another secret than that of videos: neither kind of grant is one of the other. */
const secretOf = (mediaSecret: string) => createHmac('sha256', mediaSecret).update('packages').digest('hex')

export function packageGrants(mediaSecret: string) {
  const secret = secretOf(mediaSecret)
  return {
    write: (content: PackageGrant): string => seal(content, secret),
    /** Throws LINK_INVALID for a changed or expired one. */
    read: (segment: string, now: number): PackageGrant => {
      const content = grant.Parse(unseal(segment, secret))
      if (content.expires * 1000 <= now) throw fail('LINK_INVALID', { detail: 'This link has expired' })
      return content
    },
  }
}
