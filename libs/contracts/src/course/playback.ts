import { Type } from 'typebox'
import { Strict, endpoint } from '../shape.ts'
import { LectureRef, Playback } from './shapes.ts'

const Grant = Type.String({ maxLength: 600 })
const FileName = Type.String({ pattern: '^[A-Za-z0-9_-]{1,80}\\.[a-z0-9]{1,5}$' })

export const playbackApi = {
  getPlayback: endpoint({
    method: 'GET',
    url: '/api/v1/course/lecture/:lectureId/playback',
    summary: 'Signed URLs of what to play, relative to the gateway',
    config: { access: 'signed-in', rate: 'read' },
    schema: { params: LectureRef, response: { 200: Playback } },
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
      params: Strict({
        grant: Grant,
        rung: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$' }),
        file: FileName,
      }),
      response: {},
    },
  }),
}
