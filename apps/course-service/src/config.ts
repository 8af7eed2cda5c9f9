import {
  identitySettings,
  mongoSettings,
  objectSettings,
  redisCacheSettings,
  redisStateSettings,
  serverSettings,
} from '@aetherlearn/service-kit/config'
import { MAX_PACKAGE_BYTES } from '@aetherlearn/contracts/course/package-routes'
import { MAX_IMPORT_BYTES } from '@aetherlearn/contracts/course/transfer'
import { Type } from 'typebox'

export const Config = Type.Object({
  ...serverSettings('course-service'),
  ...mongoSettings,
  ...redisStateSettings,
  ...redisCacheSettings,
  ...objectSettings,
  ...identitySettings,
  MONGO_DATABASE: Type.String({ minLength: 1, default: 'course' }),
  /** Signs the grants inside media URLs; all instances need the same. */
  MEDIA_SECRET: Type.String({ minLength: 32 }),
  /** How long the URLs of one playback work; a longer lesson asks again. */
  MEDIA_GRANT_SECONDS: Type.Integer({ minimum: 60, maximum: 86_400, default: 6 * 3600 }),
  /** Whether a CDN stands before us that asks for every link whether it holds, as docs/cdn.md shows. */
  MEDIA_CDN_ASKS: Type.Boolean({ default: false }),
  /** Whether an admin has to publish a course the first time, after its instructor submitted it. */
  COURSE_REVIEW_REQUIRED: Type.Boolean({ default: false }),
  /** An upload that is not completed within this time is given up. */
  UPLOAD_DAYS: Type.Integer({ minimum: 1, maximum: 30, default: 7 }),
  /** Room of one instructor: stored videos and open uploads. */
  UPLOAD_QUOTA_BYTES: Type.Integer({ minimum: 0, default: 200 * 1024 ** 3 }),
  /** An imported course, packed and unpacked. */
  IMPORT_MAX_BYTES: Type.Integer({ minimum: 0, maximum: MAX_IMPORT_BYTES, default: MAX_IMPORT_BYTES }),
  /** A SCORM or cmi5 package as it is sent; unpacked it may be four times that. */
  PACKAGE_MAX_BYTES: Type.Integer({ minimum: 0, maximum: MAX_PACKAGE_BYTES, default: MAX_PACKAGE_BYTES }),
  /** How often lectures are looked for that wait for a video whose job was lost, */
  RECONCILE_EVERY_MS: Type.Integer({ minimum: 100, default: 60_000 }),
  /** and how long a job, and what is said of it, may be on its way before it counts as lost. */
  RECONCILE_AFTER_MS: Type.Integer({ minimum: 1000, default: 120_000 }),
  /** Uploads that one instructor may have open at a time. */
  UPLOADS_OPEN_MAX: Type.Integer({ minimum: 1, maximum: 1000, default: 50 }),
})
