import { queryOptions } from '@tanstack/react-query'
import { courses } from './clients.ts'

/** In which languages a lecture's video has captions. */
export const captions = (lectureId: string) =>
  queryOptions({
    queryKey: ['captions', lectureId],
    queryFn: () => courses.listCaptions({ params: { lectureId } }),
  })

/** Where something is said in a lecture's video. */
export const transcript = (lectureId: string, q: string) =>
  queryOptions({
    queryKey: ['captions', lectureId, 'search', q],
    queryFn: () => courses.searchCaptions({ params: { lectureId }, query: { q } }),
  })
