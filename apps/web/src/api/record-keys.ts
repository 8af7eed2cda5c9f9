import { queryOptions } from '@tanstack/react-query'
import { progress } from './clients.ts'

export const recordKeys = (courseId: string) =>
  queryOptions({
    queryKey: ['record-keys', courseId],
    queryFn: () => progress.listRecordKeys({ params: { courseId } }),
  })

export const addRecordKey = (courseId: string, name: string) =>
  progress.addRecordKey({ params: { courseId }, body: { name } })
export const removeRecordKey = (courseId: string, keyId: string) =>
  progress.removeRecordKey({ params: { courseId, keyId } })
