import { MAX_CAPTIONS_BYTES, type CaptionHit } from '@aetherlearn/contracts/course/captions'
import { courseApi } from '@aetherlearn/contracts/course'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { Caller } from '../courses/rules.ts'
import { seenLecture, type SeenDeps } from '../media/seen.ts'
import { canonicalLanguage } from './language.ts'
import { makeCaptions } from './parse.ts'
import { videoSeen } from './rules.ts'
import { merged, searchCues } from './search.ts'
import type { CaptionStore, VideoRef } from './store.ts'
import { parseWebVtt } from './webvtt.ts'

export type CaptionDeps = SeenDeps & { captions: CaptionStore }

export async function captionRoutes(app: Server, deps: CaptionDeps) {
  const { captions } = deps
  /** Undefined where there is no video whose captions the caller could see. */
  const videoFor = async (lectureId: string, caller: Caller): Promise<VideoRef | undefined> => {
    const uploadId = videoSeen(await seenLecture(deps, lectureId, caller, 'NOT_ENROLLED'))
    return uploadId === undefined ? undefined : { lectureId, uploadId }
  }
  app.route({
    ...courseApi.listCaptions,
    handler: async ({ caller, params }) => {
      const video = await videoFor(params.lectureId, caller)
      return video === undefined ? [] : captions.list(video)
    },
  })
  app.route({
    ...courseApi.searchCaptions,
    handler: async ({ caller, params, query: { q, language } }) => {
      const only = language === undefined ? undefined : canonicalLanguage(language)
      const video = await videoFor(params.lectureId, caller)
      return merged(video === undefined ? [] : await hitsIn(captions, video, q, only))
    },
  })
  app.route({
    ...courseApi.deleteCaptions,
    handler: async ({ caller, params }) => {
      await captions.remove(params.lectureId, caller, canonicalLanguage(params.language))
      return { message: 'deleted' }
    },
  })
  // Only here: elsewhere raw bodies stay streams.
  await app.register(async (raw) => putRoute(raw, captions))
}

/** One language after the other: each is read whole. */
async function hitsIn(captions: CaptionStore, video: VideoRef, q: string, only: string | undefined) {
  const found: CaptionHit[] = []
  const languages =
    only === undefined ? (await captions.captionsOf(video)).map((set) => set.language) : [only]
  for (const language of languages) {
    const row = await captions.find(video, language)
    if (row !== null) found.push(...searchCues({ language, cues: parseWebVtt(row.vtt.split('\n')) }, q))
  }
  return found
}

function putRoute(app: Server, captions: CaptionStore) {
  app.removeAllContentTypeParsers()
  // Whatever a client calls it: what a file is, its bytes say.
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: MAX_CAPTIONS_BYTES },
    (_request, body, done) => done(null, body),
  )
  app.route({
    ...courseApi.putCaptions,
    handler: async ({ caller, params: { lectureId, language: tag }, query, body }) => {
      const language = canonicalLanguage(tag)
      await captions.assertMay(lectureId, caller)
      if (!Buffer.isBuffer(body)) throw fail('CAPTIONS_UNREADABLE', { detail: 'Send the text of a file' })
      return captions.put(lectureId, caller, makeCaptions(body, language, query.label))
    },
  })
}
