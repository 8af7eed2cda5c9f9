import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { download } from '@aetherlearn/sdk/client'
import { options } from './clients.ts'

/** Both days belong to it; left out: as far as there is anything. */
type Limits = { from?: string; to?: string }

/** The browser keeps them on disk where they are large. */
const exported = {
  csv: (courseId: string, query: Limits) =>
    download(analyticsApi.exportCsv, { params: { courseId }, query }, options),
  xapi: (courseId: string, query: Limits) =>
    download(analyticsApi.exportXapi, { params: { courseId }, query }, options),
  playbacks: (courseId: string, query: Limits) =>
    download(
      analyticsApi.exportParquet,
      { params: { courseId }, query: { ...query, of: 'playbacks' } },
      options,
    ),
  days: (courseId: string, query: Limits) =>
    download(
      analyticsApi.exportParquet,
      { params: { courseId }, query: { ...query, of: 'lecture-days' } },
      options,
    ),
}
export type ExportKind = keyof typeof exported

export const exportedFile = async (kind: ExportKind, courseId: string, limits: Limits): Promise<Blob> =>
  (await exported[kind](courseId, limits)).blob()
