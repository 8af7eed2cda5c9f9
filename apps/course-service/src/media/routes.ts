import { courseApi } from '@aetherlearn/contracts/course'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Server } from '@aetherlearn/service-kit/server'
import type { FastifyReply } from 'fastify'
import type { LectureMedia } from '../courses/rows.ts'
import type { Seats } from '../enrolment/seats.ts'
import { readGrant, writeGrant } from './grant.ts'
import { parseRange } from './range.ts'
import { createPeoplePlaces } from './people-places.ts'
import { seenLecture, type Seen, type SeenDeps } from './seen.ts'

const contentTypes: Record<string, string> = {
  m3u8: 'application/vnd.apple.mpegurl',
  m4s: 'video/iso.segment',
  mp4: 'video/mp4',
  jpg: 'image/jpeg',
  webp: 'image/webp',
  vtt: 'text/vtt; charset=utf-8',
}

export type MediaDeps = SeenDeps & {
  seats: Seats
  objects: ObjectStore
  secret: string
  grantSeconds: number
}

export function mediaRoutes(app: Server, deps: MediaDeps) {
  const { seats, objects, secret, grantSeconds } = deps
  const places = { student: seats, people: createPeoplePlaces(deps.courses) }
  app.route({
    ...courseApi.getPlayback,
    handler: async ({ caller, params: { lectureId } }) => {
      const { side, lecture } = await seenLecture(deps, lectureId, caller, 'NOT_ENROLLED')
      const { media, durationSeconds = 0 } = lecture
      // The preview waits for the newest video; students go on with the one that they were published.
      const isPlayable = side === 'student' || lecture.status === 'READY'
      if (!isPlayable || media === undefined) throw fail('LECTURE_NOT_READY')
      const expires = Math.floor(Date.now() / 1000) + grantSeconds
      const bound = boundTo(side, String(lecture.courseId), caller.role)
      const played = { folder: media.folder, lectureId, uploadId: String(media.uploadId) }
      const grant = writeGrant({ ...played, userId: caller.id, ...bound, expires }, secret)
      const expiresAt = new Date(expires * 1000).toISOString()
      return { ...addresses(media, grant), captions: [], durationSeconds, expiresAt }
    },
  })
  const send = async (grant: string, name: string, headers: Conditions, reply: FastifyReply) => {
    const { folder, userId, courseId, as = 'student' } = readGrant(grant, secret, Date.now())
    const isOver = courseId !== undefined && !(await places[as].isTaken({ courseId, userId }))
    if (isOver) throw fail('LINK_INVALID', { detail: 'The place in the course that it came with has ended' })
    const type = contentTypes[name.split('.').at(-1) ?? '']
    if (type === undefined) throw fail('MEDIA_NOT_FOUND')
    return sendObject(objects, `${folder}/${name}`, headers, reply.type(type))
  }
  app.route({
    ...courseApi.mediaFile,
    handler: ({ params, headers }, reply) => send(params.grant, params.file, headers, reply),
  })
  app.route({
    ...courseApi.mediaRungFile,
    handler: ({ params, headers }, reply) =>
      send(params.grant, `${params.rung}/${params.file}`, headers, reply),
  })
}

function boundTo(side: Seen['side'], courseId: string, role: string) {
  if (side === 'student') return { courseId }
  return role === 'admin' ? {} : ({ courseId, as: 'people' } as const)
}

const addresses = ({ hls, video, poster, storyboard }: LectureMedia, grant: string) => {
  const at = (name: string) => `/api/v1/media/${grant}/${name}`
  return { hlsUrl: at(hls), videoUrl: at(video), posterUrl: at(poster), storyboardUrl: at(storyboard) }
}

type Conditions = {
  range?: string | undefined
  'if-range'?: string | string[] | undefined
  'if-none-match'?: string | undefined
}

async function sendObject(objects: ObjectStore, key: string, conditions: Conditions, reply: FastifyReply) {
  const head = await objects.head(key)
  if (head === undefined) throw fail('MEDIA_NOT_FOUND')
  const { sizeBytes, etag, modifiedAt } = head
  const asked = conditions['if-range'] ?? etag
  const range = rangeOf(asked === etag ? conditions.range : undefined, sizeBytes, reply)
  void reply
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('last-modified', modifiedAt.toUTCString())
    // The address is a person's own; what lies at it never changes.
    .header('cache-control', 'private, max-age=3600, immutable')
  if (conditions['if-none-match'] === etag) return reply.code(304).send()
  if (range === undefined) return reply.header('content-length', sizeBytes).send(await objects.read(key))
  const { start, end } = range
  void reply
    .code(206)
    .header('content-range', `bytes ${start}-${end}/${sizeBytes}`)
    .header('content-length', end - start + 1)
  return reply.send(await objects.read(key, range))
}

function rangeOf(header: string | undefined, sizeBytes: number, reply: FastifyReply) {
  try {
    return parseRange(header, sizeBytes)
  } catch (error) {
    // RFC 9110 §14.4: a refused range says how long the file is.
    void reply.header('content-range', `bytes */${sizeBytes}`)
    throw error
  }
}
