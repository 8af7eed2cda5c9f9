import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { download } from '@aetherlearn/sdk/client'
import { options } from './clients.ts'

/** The browser keeps them on disk where they are large. */
export const exportedCsv = async (courseId: string): Promise<Blob> =>
  (await download(analyticsApi.exportCsv, { params: { courseId } }, options)).blob()
export const exportedXapi = async (courseId: string): Promise<Blob> =>
  (await download(analyticsApi.exportXapi, { params: { courseId } }, options)).blob()
