import type { VerifyToken } from '@aetherlearn/service-kit/auth'
import type { HealthCheck } from '@aetherlearn/service-kit/health'
import type { Live } from '@aetherlearn/service-kit/live'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import { createServer } from '@aetherlearn/service-kit/server'
import type { Logger } from 'pino'
import { captionRoutes } from './captions/routes.ts'
import type { Catalogue } from './catalogue/catalogue.ts'
import { catalogueRoutes } from './catalogue/routes.ts'
import { courseRoutes } from './courses/routes.ts'
import { editingRoutes } from './editing/routes.ts'
import { enrolmentRoutes } from './enrolment/routes.ts'
import { createSeats } from './enrolment/seats.ts'
import { mediaRoutes } from './media/routes.ts'
import { packageRoutes } from './packages/routes.ts'
import { peopleRoutes } from './people/routes.ts'
import { publishingRoutes } from './publishing/routes.ts'
import { removalRoutes } from './removal/routes.ts'
import type { Stores } from './stores.ts'
import { createPictureLinks } from './thumbnails/links.ts'
import { thumbnailRoutes } from './thumbnails/routes.ts'
import { transferRoutes } from './transfer/routes.ts'
import { uploadRoutes } from './uploads/routes.ts'
import type { UploadLimits } from './uploads/usage-store.ts'

export type AppDeps = {
  stores: Stores
  catalogue: Catalogue
  objects: ObjectStore
  verifyToken: VerifyToken
  mediaSecret: string
  grantSeconds: number
  uploadDays: number
  uploadLimits: UploadLimits
  importMaxBytes: number
  packageMaxBytes: number
  reviewRequired: boolean
  /** Whether a CDN before us asks for every link whether it holds. */
  edgeAsks?: boolean
  live: Live
  checks?: Record<string, HealthCheck>
  log?: Logger
}

export async function buildApp(deps: AppDeps) {
  const { stores, objects, verifyToken, mediaSecret, grantSeconds, uploadDays, uploadLimits, checks, log } =
    deps
  const { importMaxBytes, packageMaxBytes, reviewRequired, live, edgeAsks = false } = deps
  const app = await createServer({
    name: 'course-service',
    verifyToken,
    ...(checks === undefined ? {} : { checks }),
    ...(log === undefined ? {} : { log }),
  })
  const withPicture = createPictureLinks(mediaSecret, grantSeconds)
  courseRoutes(app, { ...stores, withPicture })
  catalogueRoutes(app, deps.catalogue)
  editingRoutes(app, { ...stores, withPicture })
  await thumbnailRoutes(app, { ...stores, objects, withPicture })
  removalRoutes(app, stores)
  await captionRoutes(app, stores)
  await transferRoutes(app, { ...stores, objects, uploadLimits, importMaxBytes, packageMaxBytes })
  peopleRoutes(app, stores)
  publishingRoutes(app, { ...stores, withPicture, live, reviewRequired })
  const seats = createSeats(stores.enrolments)
  enrolmentRoutes(app, { ...stores, seats })
  mediaRoutes(app, { ...stores, seats, objects, secret: mediaSecret, grantSeconds, edgeAsks })
  const opening = { seats, objects, secret: mediaSecret, grantSeconds, uploadLimits, packageMaxBytes }
  await packageRoutes(app, { ...stores, ...opening })
  await uploadRoutes(app, { ...stores, objects, uploadDays, uploadLimits })
  return app
}
