import { answers, signedIn, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const ofNote = { params: ({ disposable: { noteId } }: Scene) => ({ noteId }) }
/** Nobody has notes in it, and nobody is told more than that. */
const anyCourse = { courseId: '0123456789abcdef01234567' }

/** Notes are their student's alone: to all others they are not there. */
export const noteExpectations: Record<string, Expectation> = {
  'POST /api/v1/progress/notes': {
    body: ({ courseId, lectureId }) => ({ courseId, lectureId, second: 0, text: 'Read again' }),
    ...answers(401, 403, 201, 403, 403, 403),
  },
  'GET /api/v1/progress/notes': { query: anyCourse, ...signedIn(200) },
  'GET /api/v1/progress/notes/export': { query: anyCourse, ...signedIn(200) },
  'PATCH /api/v1/progress/notes/:noteId': {
    ...ofNote,
    body: () => ({ text: 'Read it twice' }),
    ...answers(401, 404, 200, 404, 404, 404),
  },
  'DELETE /api/v1/progress/notes/:noteId': {
    ...ofNote,
    undo: (scene) => scene.renewNote(),
    ...answers(401, 404, 200, 404, 404, 404),
  },
}
