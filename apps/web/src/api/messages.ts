import { messageArrived, type MessageSettings } from '@aetherlearn/contracts/analytics/messages'
import { notification } from '@aetherlearn/contracts/media'
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { useLive } from '../session/live.ts'
import { analytics } from './clients.ts'

const PAGE = 20
/** Told at once where the socket is open; otherwise a message may take so long to show. */
const REFRESH_MS = 60_000
const all = ['messages']

export const inbox = infiniteQueryOptions({
  queryKey: [...all, 'inbox'],
  queryFn: ({ pageParam }) =>
    analytics.listMessages({ query: { limit: PAGE, ...(pageParam !== '' && { cursor: pageParam }) } }),
  initialPageParam: '',
  getNextPageParam: ({ nextCursor }) => nextCursor,
})

/** The newest, and how many are unread. */
export const newest = queryOptions({
  queryKey: [...all, 'newest'],
  queryFn: () => analytics.listMessages({ query: { limit: 5 } }),
  refetchInterval: REFRESH_MS,
})

/** Reads the inbox again when a message arrives. */
export function useMessagesLive() {
  const queryClient = useQueryClient()
  useLive(notification, ({ type }) => {
    if (type === messageArrived.name) void queryClient.invalidateQueries({ queryKey: all })
  })
}

export function useMarkRead() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (messageId: string) => analytics.readMessage({ params: { messageId } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: all }),
  })
}

export const messageSettings = queryOptions({
  queryKey: ['message-settings'],
  queryFn: () => analytics.getMessageSettings(),
})

export function useMessageSettings() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (body: Omit<MessageSettings, 'mailPossible'>) => analytics.putMessageSettings({ body }),
    onSuccess: (saved) => queryClient.setQueryData(messageSettings.queryKey, saved),
  })
}

const nudgesOf = (courseId: string) => ['statistics', courseId, 'nudges']
/** Who of a course was written to. */
export const nudges = (courseId: string) =>
  queryOptions({
    queryKey: nudgesOf(courseId),
    queryFn: () => analytics.listNudges({ params: { courseId }, query: { limit: 500 } }),
    refetchInterval: REFRESH_MS,
  })

type Student = { courseId: string; userId: string }
/** What a student could be written; asked anew each time, as somebody else may have written meanwhile. */
export const preparedNudge = (params: Student) =>
  queryOptions({
    queryKey: [...nudgesOf(params.courseId), 'prepared', params.userId],
    queryFn: () => analytics.prepareNudge({ params }),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  })

export function useNudge(params: Student) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (text: string) => analytics.sendNudge({ params, body: { text } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: nudgesOf(params.courseId), exact: true }),
  })
}

export const digests = (courseId: string) =>
  infiniteQueryOptions({
    queryKey: ['statistics', courseId, 'digests'],
    queryFn: ({ pageParam }) =>
      analytics.listDigests({
        params: { courseId },
        query: { limit: 10, ...(pageParam !== '' && { before: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ digests }) => (digests.length < 10 ? undefined : digests.at(-1)?.week),
  })
