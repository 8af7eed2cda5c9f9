import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'
import type { PackageItem } from '@aetherlearn/contracts/course/packages'
import {
  CONTENT_ORIGIN_HEADER,
  PACKAGE_PATH,
  PLAYER_PATH,
  PUBLIC_ORIGIN_HEADER,
  packageApi,
} from '@aetherlearn/contracts/course/package-routes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { packageIn, type PackageMedia } from '../courses/rows.ts'
import { boundTo, seenLecture, type Seen, type SeenDeps } from '../media/seen.ts'
import { lengthOf } from '../transfer/routes.ts'
import { packageFileRoute, type PackageFileDeps } from './file-route.ts'
import { packageGrants } from './grant.ts'
import { takeIn, type TakeInDeps } from './take-in.ts'

export type PackageDeps = SeenDeps & TakeInDeps & Omit<PackageFileDeps, 'grants'> & { secret: string }

/** A lesson in a package is long, and is left open. */
const OPEN_SECONDS = 12 * 3600

export async function packageRoutes(app: Server, deps: PackageDeps) {
  const grants = packageGrants(deps.secret)
  app.route({
    ...packageApi.getPackage,
    handler: async ({ caller, params: { lectureId }, headers }) => {
      const seen = await seenLecture(deps, lectureId, caller, 'NOT_ENROLLED')
      const held = heldIn(seen)
      const { at, by } = originsOf(headers)
      const expires = Math.floor(Date.now() / 1000) + OPEN_SECONDS
      const packageId = String(held.uploadId)
      const bound = boundTo(seen.side, String(seen.lecture.courseId), caller.role)
      const grant = grants.write({ packageId, userId: caller.id, ...bound, at, by, expires })
      const stored = (await deps.assets.find(packageId))?.package
      if (stored === undefined) throw fail('NO_PACKAGE')
      const { standard, title, items } = stored
      return {
        packageId,
        standard,
        title,
        items: items.map((item) => ({ ...item, url: urlOf(item, `${at}${PACKAGE_PATH}${grant}/`) })),
        playerUrl: `${at}${PLAYER_PATH}`,
        expiresAt: new Date(expires * 1000).toISOString(),
      }
    },
  })
  app.route({
    ...packageApi.deletePackage,
    handler: async ({ caller, params: { lectureId } }) => {
      await deps.packages.takeOut({ lectureId, caller, graceSeconds: deps.grantSeconds })
      return { message: 'deleted' }
    },
  })
  packageFileRoute(app, { ...deps, grants })
  await app.register(async (scope: Server) => putRoute(scope, deps))
}

/** Students go on with the package that was published; throws NO_PACKAGE. */
function heldIn(seen: Seen): PackageMedia {
  const { lecture } = seen
  const isThere = seen.side === 'student' || seen.lecture.status === 'READY'
  const held = isThere ? packageIn(lecture.media) : undefined
  if (held === undefined) throw fail('NO_PACKAGE')
  return held
}

/** By the gateway's word; throws PACKAGES_NOT_SET_UP. */
function originsOf(headers: IncomingHttpHeaders) {
  const [at, by] = [headers[CONTENT_ORIGIN_HEADER], headers[PUBLIC_ORIGIN_HEADER]]
  if (typeof at === 'string' && typeof by === 'string') return { at, by }
  const detail =
    'Packages are opened at an address of their own, so that they cannot read what is yours here. ' +
    'Whoever runs this platform sets CONTENT_ORIGIN and PUBLIC_ORIGIN of the gateway.'
  throw fail('PACKAGES_NOT_SET_UP', { detail })
}

const urlOf = ({ launch }: PackageItem, folder: string) =>
  launch.startsWith('https:') ? launch : folder + launch

function putRoute(app: Server, deps: PackageDeps) {
  // A package stays a stream, and nothing else is read at all: the limit of this route is for packages.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/zip', (_request, body, done) => done(null, body))
  app.route({
    ...packageApi.putPackage,
    handler: async ({ caller, params: { lectureId }, headers, body, raw }, reply) => {
      if (!(body instanceof Readable)) throw fail('UNSUPPORTED_MEDIA', { detail: 'Send application/zip' })
      const sizeBytes = lengthOf(headers['content-length'])
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      try {
        return await takeIn(deps, { lectureId, caller, body, sizeBytes, signal: gone.signal })
      } finally {
        // A refused body is read all the same: a client that is still sending would miss the answer.
        raw.unpipe()
        raw.resume()
      }
    },
  })
}
