import { courseApi } from '@aetherlearn/contracts/course'
import { createHash } from 'node:crypto'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Server } from '@aetherlearn/service-kit/server'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AssetStore } from '../assets/store.ts'
import { createCaptionFiles } from '../captions/files.ts'
import type { CaptionStore } from '../captions/store.ts'
import type { CourseStore } from '../courses/store.ts'
import type { Seats } from '../enrolment/seats.ts'
import { streamStart } from './clock.ts'
import { contentTypeOf, sendComposed, sendObject, type Composed, type Conditions } from './files.ts'
import { readGrant, type Grant } from './grant.ts'
import { CAPTIONS, MASTER, masterPlaylist } from './master.ts'
import { createOffers } from './offers.ts'
import { createPeoplePlaces } from './people-places.ts'

export type FileDeps = {
  courses: CourseStore
  seats: Seats
  assets: AssetStore
  captions: CaptionStore
  objects: ObjectStore
  secret: string
  /** An edge stands before us that asks `mediaAllow` whether a link holds. */
  edgeAsks: boolean
}
type FileAsked = { grant: string; name: string; conditions: Conditions }

/** How long an edge may go by our word; with what `seats` remembers it stays within the minute that we promise. */
export const ALLOWED_SECONDS = 30

/** Players on other sites may read everything: the link is what gives the right to, no cookie goes with it. */
const forAnyOrigin = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Accept-Ranges, Content-Length, Content-Range, ETag',
  'cross-origin-resource-policy': 'cross-origin',
}
const preflight = {
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'Range, If-Range, If-None-Match',
  'access-control-max-age': '86400',
}
const openToAll = async (_request: FastifyRequest, reply: FastifyReply) => {
  void reply.headers(forAnyOrigin)
}

/** The files of videos and pictures, for whoever has a link. */
export function mediaFileRoutes(app: Server, deps: FileDeps) {
  const holding = createHolding(deps)
  const compose = createComposing(deps)
  const send = async ({ grant: written, name, conditions }: FileAsked, reply: FastifyReply) => {
    const grant = await holding(written)
    void reply.type(contentTypeOf(name))
    const composed = await compose(grant, name)
    if (composed !== undefined) return sendComposed(composed, conditions, reply)
    const asked = { key: `${grant.folder}/${name}`, conditions, edgeAsks: deps.edgeAsks }
    return sendObject(deps.objects, asked, reply)
  }
  app.route({
    ...courseApi.mediaAllow,
    handler: async ({ params }, reply) => {
      const { folder, expires } = await holding(params.grant)
      const seconds = Math.min(ALLOWED_SECONDS, expires - Math.floor(Date.now() / 1000))
      void reply.header('x-media-key', folder).header('cache-control', `private, max-age=${seconds}`)
      return reply.code(204).send()
    },
  })
  app.route({
    ...courseApi.mediaFile,
    onRequest: openToAll,
    handler: ({ params: { grant, file }, headers }, reply) =>
      send({ grant, name: file, conditions: headers }, reply),
  })
  app.route({
    ...courseApi.mediaRungFile,
    onRequest: openToAll,
    handler: ({ params: { grant, rung, file }, headers }, reply) =>
      send({ grant, name: `${rung}/${file}`, conditions: headers }, reply),
  })
  for (const entry of [courseApi.preflightMediaFile, courseApi.preflightMediaRungFile]) {
    app.route({
      ...entry,
      onRequest: openToAll,
      handler: async (_request, reply) => reply.code(204).headers(preflight).send(),
    })
  }
}

/** Reads a grant and asks whether it holds; throws LINK_INVALID. */
function createHolding({ courses, seats, secret }: FileDeps) {
  const places = { student: seats, people: createPeoplePlaces(courses) }
  return async (written: string): Promise<Grant> => {
    const grant = readGrant(written, secret, Date.now())
    const { userId, courseId, as = 'student' } = grant
    const isOver = courseId !== undefined && !(await places[as].isTaken({ courseId, userId }))
    if (isOver) throw fail('LINK_INVALID', { detail: 'The place in the course that it came with has ended' })
    return grant
  }
}

/** Undefined for a file that is stored; throws MEDIA_NOT_FOUND where there are no such captions. */
function createComposing({ assets, captions, objects }: FileDeps) {
  const offers = createOffers({ assets, captions })
  const { captionFile } = createCaptionFiles(captions)
  return async (grant: Grant, name: string): Promise<Composed | undefined> => {
    const { lectureId, uploadId, folder } = grant
    if (lectureId === undefined || uploadId === undefined) return undefined
    const video = { lectureId, uploadId }
    if (name === MASTER) {
      const { ladder, tracks } = await offers.of(video)
      // A video of another attempt lies in another folder, and nothing of it can be had by this link.
      if (ladder?.folder !== folder) return undefined
      const text = masterPlaylist({ ...ladder, captions: tracks })
      return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
    }
    const [rung = '', file = ''] = name.split('/')
    if (rung !== CAPTIONS) return undefined
    const found = await captionFile(video, file, async () => {
      const smallest = (await offers.of(video)).ladder?.renditions.at(-1)
      return smallest === undefined ? 0 : streamStart(objects, `${folder}/${smallest.name}/index.m3u8`)
    })
    if (found === undefined) throw fail('MEDIA_NOT_FOUND')
    return found
  }
}
