import { Type, type Static } from 'typebox'
import { Id, Instant, Message, Strict, endpoint } from '../shape.ts'
import { LectureRef } from './shapes.ts'

/** Of a file; three hours of speech are a tenth of it. */
export const MAX_CAPTIONS_BYTES = 2 * 1024 * 1024
/** Of one video. */
export const MAX_CAPTION_LANGUAGES = 32
/** What one search answers. */
export const MAX_CAPTION_HITS = 100

/** The captions of a video in one language. */
export const CaptionSet = Type.Object({
  /** A BCP 47 tag in its canonical form: `en`, `pt-BR`. */
  language: Type.String(),
  /** How a player names it; without another word the language's own name. */
  label: Type.String(),
  cueCount: Type.Integer(),
  updatedAt: Instant,
})
export type CaptionSet = Static<typeof CaptionSet>

/** Where in the video somebody says it. */
export const CaptionHit = Type.Object({
  language: Type.String(),
  startSeconds: Type.Number(),
  endSeconds: Type.Number(),
  text: Type.String(),
})
export type CaptionHit = Static<typeof CaptionHit>

export const CaptionLanguage = Type.String({ pattern: '^[A-Za-z0-9-]{2,35}$' })
/** One line: it stands in playlists. */
export const CaptionLabel = Type.String({
  maxLength: 60,
  pattern: '^[^\\x00-\\x1f\\x7f]*[^\\x00-\\x20\\x7f][^\\x00-\\x1f\\x7f]*$',
})
const CaptionsRef = Strict({ lectureId: Id, language: CaptionLanguage })
const lecture = '/api/v1/course/lecture/:lectureId/captions' as const

export const captionsApi = {
  listCaptions: endpoint({
    method: 'GET',
    url: lecture,
    summary: 'The languages in which the lecture’s video has captions',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: Type.Array(CaptionSet) } },
  }),
  /** Body: the text of a SubRip, WebVTT or TTML file; its format is found from the bytes. */
  putCaptions: endpoint({
    method: 'PUT',
    url: `${lecture}/:language`,
    summary: 'Add the captions of the draft’s video in one language, or replace them',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_CAPTIONS_BYTES,
    schema: {
      params: CaptionsRef,
      querystring: Strict({ label: Type.Optional(CaptionLabel) }),
      response: { 200: CaptionSet },
    },
  }),
  deleteCaptions: endpoint({
    method: 'DELETE',
    url: `${lecture}/:language`,
    summary: 'Remove the captions of the draft’s video in one language',
    config: { access: 'instructor', rate: 'write' },
    schema: { params: CaptionsRef, response: { 200: Message } },
  }),
  searchCaptions: endpoint({
    method: 'GET',
    url: `${lecture}/search`,
    summary: 'Where words are said in the lecture’s video; case, accents and punctuation do not matter',
    config: { access: 'signed-in', rate: 'read' },
    schema: {
      params: LectureRef,
      querystring: Strict({
        q: Type.String({ minLength: 1, maxLength: 100 }),
        /** Left out: all of them. */
        language: Type.Optional(CaptionLanguage),
      }),
      response: {
        200: Type.Object({
          hits: Type.Array(CaptionHit),
          /** Whether there are more than these. */
          hasMore: Type.Boolean(),
        }),
      },
    },
  }),
}
