import type { VideoRef } from './store.ts'

/** Where the outputs of a run lie. A run is made by one attempt, or by many workers in parts. */
export const folderOf = ({ lectureId, uploadId }: Pick<VideoRef, 'lectureId' | 'uploadId'>, runId: string) =>
  `media/${lectureId}/${uploadId}/${runId}`

/** Packets of the source for those who make its parts; nobody else may read them. */
export const packetsOf = (
  { lectureId, uploadId }: Pick<VideoRef, 'lectureId' | 'uploadId'>,
  runId?: string,
) => `parts/${lectureId}/${uploadId}${runId === undefined ? '' : `/${runId}`}`
