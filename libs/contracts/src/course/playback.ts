import { Type } from 'typebox'
import { Strict, endpoint } from '../shape.ts'
import { LectureRef, Playback } from './shapes.ts'

const Grant = Type.String({ maxLength: 600 })
const Rung = Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' })
const FileName = Type.String({ pattern: '^[A-Za-z0-9_-]{1,80}\\.[a-z0-9]{1,5}$' })

/** No body: what is said stands in the status and the headers. */
const Empty = Type.Unsafe<undefined>({ type: 'null' })

export const playbackApi = {
  getPlayback: endpoint({
    method: 'GET',
    url: '/api/v1/course/lecture/:lectureId/playback',
    summary: 'Signed URLs of what to play, relative to the gateway',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: Playback } },
  }),
  /** For an edge that keeps files: it asks before it serves one. */
  mediaAllow: endpoint({
    method: 'GET',
    url: '/api/v1/media/:grant/allow',
    summary: 'Whether a grant holds; its folder, by which files are to be kept, is in X-Media-Key',
    config: { access: 'signed-url', rate: 'media' },
    schema: { params: Strict({ grant: Grant }), response: { 204: Empty } },
  }),
  /** A fetch of a part of a file from another site. */
  preflightMediaFile: endpoint({
    method: 'OPTIONS',
    url: '/api/v1/media/:grant/:file',
    summary: 'What other sites may send to read a file; every site may',
    config: { access: 'public', rate: 'media' },
    schema: { params: Strict({ grant: Grant, file: FileName }), response: { 204: Empty } },
  }),
  preflightMediaRungFile: endpoint({
    method: 'OPTIONS',
    url: '/api/v1/media/:grant/:rung/:file',
    summary: 'What other sites may send to read a file of one rung; every site may',
    config: { access: 'public', rate: 'media' },
    schema: { params: Strict({ grant: Grant, rung: Rung, file: FileName }), response: { 204: Empty } },
  }),
  mediaFile: endpoint({
    method: 'GET',
    url: '/api/v1/media/:grant/:file',
    summary: 'A file of a published video, by the signed grant in its URL; answers Range requests',
    config: { access: 'signed-url', rate: 'media' },
    schema: { params: Strict({ grant: Grant, file: FileName }), response: {} },
  }),
  mediaRungFile: endpoint({
    method: 'GET',
    url: '/api/v1/media/:grant/:rung/:file',
    summary: 'A playlist, segment or header of one rung of the ladder, by the same grant',
    config: { access: 'signed-url', rate: 'media' },
    schema: {
      params: Strict({ grant: Grant, rung: Rung, file: FileName }),
      response: {},
    },
  }),
}
