import { CONTENT_ORIGIN_HEADER, packageApi } from '@aetherlearn/contracts/course/package-routes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Server } from '@aetherlearn/service-kit/server'
import type { CourseStore } from '../courses/store.ts'
import type { Seats } from '../enrolment/seats.ts'
import { sendObject } from '../media/files.ts'
import { createPeoplePlaces } from '../media/people-places.ts'
import type { packageGrants } from './grant.ts'
import { fileKeyOf, packageFolderOf } from './paths.ts'
import { packageTypeOf } from './types.ts'

export type PackageFileDeps = {
  courses: CourseStore
  seats: Seats
  objects: ObjectStore
  grants: ReturnType<typeof packageGrants>
}

/** The files of packages, for whoever has a link, at the origin for which it was made. */
export function packageFileRoute(app: Server, { courses, seats, objects, grants }: PackageFileDeps) {
  const places = { student: seats, people: createPeoplePlaces(courses) }
  app.route({
    ...packageApi.packageFile,
    handler: async ({ params: { grant: written, '*': path }, headers }, reply) => {
      const grant = grants.read(written, Date.now())
      const { packageId, courseId, userId, as = 'student', at, by } = grant
      // Elsewhere, above all where the console is, what a package says must not run.
      if (headers[CONTENT_ORIGIN_HEADER] !== at) throw fail('ROUTE_NOT_FOUND')
      const isOver = courseId !== undefined && !(await places[as].isTaken({ courseId, userId }))
      if (isOver)
        throw fail('LINK_INVALID', { detail: 'The place in the course that it came with has ended' })
      void reply
        .type(packageTypeOf(path))
        .header('x-content-type-options', 'nosniff')
        .header('content-security-policy', `frame-ancestors 'self' ${by}`)
        .header('referrer-policy', 'same-origin')
      const key = fileKeyOf(packageFolderOf(packageId), path)
      return sendObject(objects, { key, conditions: headers, edgeAsks: false }, reply)
    },
  })
}
