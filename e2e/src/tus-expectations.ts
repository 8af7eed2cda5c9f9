import { all, answers, type Expectation } from './expected.ts'
import type { Scene } from './scene.ts'

const tus = { 'tus-resumable': '1.0.0' }
const ofDisposableUpload = {
  params: ({ disposable }: Scene) => ({ uploadId: disposable.uploadId }),
  headers: () => tus,
}

/** The routes of tus, each with the headers that it cannot do without. */
export const tusExpectations: Record<string, Expectation> = {
  'OPTIONS /api/v1/course/upload/tus': all(204),
  'POST /api/v1/course/upload/tus': {
    headers: ({ draftLectureId }) => ({
      ...tus,
      'upload-length': '10',
      'upload-metadata': `lectureId ${Buffer.from(draftLectureId).toString('base64')}`,
    }),
    ...answers(401, 403, 403, 404, 201, 201),
  },
  'HEAD /api/v1/course/upload/tus/:uploadId': {
    ...ofDisposableUpload,
    ...answers(401, 403, 403, 404, 200, 404),
  },
  'PATCH /api/v1/course/upload/tus/:uploadId': {
    ...ofDisposableUpload,
    // Not where the upload stands, so that every call finds it as the first one did.
    headers: () => ({ ...tus, 'upload-offset': '5' }),
    body: () => new Blob([new Uint8Array(10)], { type: 'application/offset+octet-stream' }),
    ...answers(401, 403, 403, 404, 409, 404),
  },
  'DELETE /api/v1/course/upload/tus/:uploadId': {
    ...ofDisposableUpload,
    undo: (scene) => scene.renewUpload(),
    ...answers(401, 403, 403, 404, 204, 404),
  },
}
