import { randomBytes } from 'node:crypto'
import { courseApi } from '@aetherlearn/contracts/course'
import { MAX_THUMBNAIL_BYTES, thumbnailSizes } from '@aetherlearn/contracts/course/thumbnails'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Server } from '@aetherlearn/service-kit/server'
import type { WithPicture } from './links.ts'
import { assertPicture, isVersion } from './rules.ts'
import { shrink } from './shrink.ts'
import type { PictureStore } from './store.ts'

export type ThumbnailDeps = { pictures: PictureStore; objects: ObjectStore; withPicture: WithPicture }

/** Kept by whoever named the version, as another picture has another; a minute where none was named. */
const FOR_EVER = 'public, max-age=31536000, immutable'
const FOR_A_MINUTE = 'public, max-age=60'

export async function thumbnailRoutes(app: Server, deps: ThumbnailDeps) {
  const { pictures, objects } = deps
  app.route({
    ...courseApi.deleteThumbnail,
    handler: async ({ caller, params }) =>
      deps.withPicture(await pictures.show(params.courseId, caller), caller),
  })
  app.route({
    ...courseApi.getThumbnail,
    handler: async ({ params: { courseId, file }, query, headers }, reply) => {
      if (!thumbnailSizes.some((size) => size.file === file)) throw fail('MEDIA_NOT_FOUND')
      const folder = await pictures.published(courseId)
      const head = await objects.head(`${folder}/${file}`)
      if (head === undefined) throw fail('MEDIA_NOT_FOUND')
      void reply
        .header('etag', head.etag)
        .header('cache-control', isVersion(folder, query.v) ? FOR_EVER : FOR_A_MINUTE)
      if (headers['if-none-match'] === head.etag) return reply.code(304).send()
      void reply.type('image/webp').header('content-length', head.sizeBytes)
      return reply.send(await objects.read(`${folder}/${file}`))
    },
  })
  // Only here: elsewhere raw bodies stay streams.
  await app.register(async (raw) => uploadRoute(raw, deps))
}

function uploadRoute(app: Server, { pictures, objects, withPicture }: ThumbnailDeps) {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    /^(image\/|application\/octet-stream)/,
    { parseAs: 'buffer', bodyLimit: MAX_THUMBNAIL_BYTES },
    (_request, body, done) => done(null, body),
  )
  app.route({
    ...courseApi.putThumbnail,
    handler: async ({ caller, params: { courseId }, body }) => {
      await pictures.assertMay(courseId, caller)
      if (!Buffer.isBuffer(body)) throw fail('UNSUPPORTED_MEDIA', { detail: 'Send the bytes of a picture' })
      assertPicture(body)
      const made = await shrink(body)
      const folder = `thumbnails/${courseId}/${randomBytes(12).toString('hex')}`
      await pictures.begin(folder, courseId)
      for (const { file, bytes } of made) await objects.put(`${folder}/${file}`, bytes)
      return withPicture(await pictures.show(courseId, caller, folder), caller)
    },
  })
}
