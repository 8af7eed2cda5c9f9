import { Type, type Static } from 'typebox'
import { Id, Instant, Message, Strict, endpoint } from '../shape.ts'
import { PackageItem, PackageStandard } from './packages.ts'
import { Lecture, LectureRef } from './shapes.ts'

/** 1 GiB: the most that a package may be, as a zip file; unpacked it may be four times that. */
export const MAX_PACKAGE_BYTES = 1024 ** 3
export const MAX_PACKAGE_FILES = 20_000

/**
 * What the gateway tells the services of each request, whatever a client sends under these names: where the console is,
 * and where packages are opened. The second is absent where packages are not set up.
 */
export const PUBLIC_ORIGIN_HEADER = 'x-public-origin'
export const CONTENT_ORIGIN_HEADER = 'x-content-origin'
/** All that is served where packages are opened; the first and the last are served nowhere else. */
export const PACKAGE_PATH = '/api/v1/package/'
export const RECORDS_PATH = '/api/v1/xapi/'
export const PLAYER_PATH = '/package-player/'

/** A package with what a browser needs to open it. */
export const OpenablePackage = Type.Object({
  packageId: Id,
  standard: PackageStandard,
  title: Type.String(),
  items: Type.Array(
    Type.Object({
      ...PackageItem.properties,
      /** Absolute, at the content origin; of a unit of cmi5 that lies elsewhere, its own address. */
      url: Type.String(),
    }),
  ),
  /** The page that frames an item and holds what SCORM looks for, at the content origin. */
  playerUrl: Type.String(),
  /** Until when the addresses work. */
  expiresAt: Instant,
})
export type OpenablePackage = Static<typeof OpenablePackage>

const packageOfLecture = '/api/v1/course/lecture/:lectureId/package' as const

export const packageApi = {
  /** Body: the zip file, as `application/zip`, with its Content-Length. */
  putPackage: endpoint({
    method: 'PUT',
    url: packageOfLecture,
    summary: 'Make the lecture a SCORM or cmi5 package; its video or the package before it is replaced',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_PACKAGE_BYTES,
    schema: { params: LectureRef, response: { 200: Lecture } },
  }),
  deletePackage: endpoint({
    method: 'DELETE',
    url: packageOfLecture,
    summary: 'Take the package out of the draft’s lecture; students keep what was published',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: LectureRef, response: { 200: Message } },
  }),
  /** The draft's for who works on the course, the published one for students. */
  getPackage: endpoint({
    method: 'GET',
    url: packageOfLecture,
    summary: 'Signed addresses of the lecture’s package, on an origin of its own',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: OpenablePackage } },
  }),
  packageFile: endpoint({
    method: 'GET',
    url: '/api/v1/package/:grant/*',
    summary: 'A file of a package, by the signed grant in its address; on the content origin alone',
    config: { access: 'signed-url', rate: 'media' },
    schema: {
      params: Strict({ grant: Type.String({ maxLength: 800 }), '*': Type.String({ maxLength: 2000 }) }),
      response: {},
    },
  }),
}
