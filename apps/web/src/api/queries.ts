import type { CatalogueFilters, Order } from '@aetherlearn/contracts/course/catalogue'
import type { CourseOutline, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { infiniteQueryOptions, keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query'
import { analytics, courses, progress } from './clients.ts'

/** Everything that is remembered of the catalogue. */
export const catalogue = { queryKey: ['catalogue'] }

type CatalogueQuery = CatalogueFilters & { q?: string; sort?: Order }
const PAGE = 24
export const search = (query: CatalogueQuery) =>
  infiniteQueryOptions({
    queryKey: [...catalogue.queryKey, query],
    queryFn: ({ pageParam }) =>
      courses.searchCourses({
        query: { ...query, limit: PAGE, ...(pageParam === '' ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

export const landing = (courseId: string) =>
  queryOptions({
    queryKey: ['landing', courseId],
    queryFn: () => courses.getPublished({ params: { courseId } }),
  })

export const enrolled = queryOptions({ queryKey: ['enrolled'], queryFn: () => courses.listEnrolled() })
export const taught = queryOptions({ queryKey: ['taught'], queryFn: () => courses.listTaught() })

/** The draft for the course's creator, the published snapshot for its students. */
export const outline = (courseId: string) =>
  queryOptions({
    queryKey: ['outline', courseId],
    queryFn: () => courses.getCourse({ params: { courseId } }),
  })

export const isDraft = (course: CourseOutline | PublishedCourse): course is CourseOutline =>
  'status' in course

export const people = (courseId: string) =>
  queryOptions({
    queryKey: ['people', courseId],
    queryFn: () => courses.listPeople({ params: { courseId } }),
  })

export const students = (courseId: string) =>
  infiniteQueryOptions({
    queryKey: ['students', courseId],
    queryFn: ({ pageParam }) =>
      courses.listStudents({
        params: { courseId },
        query: { limit: 50, ...(pageParam === '' ? {} : { cursor: pageParam }) },
      }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })

export const versions = (courseId: string) =>
  queryOptions({
    queryKey: ['versions', courseId],
    queryFn: () => courses.listVersions({ params: { courseId } }),
  })

/** From what is published to the draft. */
export const diff = (courseId: string) =>
  queryOptions({
    queryKey: ['diff', courseId],
    queryFn: () => courses.getDiff({ params: { courseId }, query: {} }),
  })

/** What shows another thing once a course is published or withdrawn. */
export const afterPublishing = (queryClient: QueryClient, courseId: string) =>
  Promise.all(
    [outline(courseId), landing(courseId), catalogue, taught, versions(courseId), diff(courseId)].map(
      ({ queryKey }) => queryClient.invalidateQueries({ queryKey }),
    ),
  )

/** `stage` is how far the video is: with the next one there is more to play, and a player goes over to it. */
export const playback = (lectureId: string, stage = '') =>
  queryOptions({
    queryKey: ['playback', lectureId, stage],
    queryFn: () => courses.getPlayback({ params: { lectureId } }),
    placeholderData: keepPreviousData,
    // Its URLs are signed anew each time; a player must keep those it plays.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })

export const courseProgress = (courseId: string) =>
  queryOptions({
    queryKey: ['progress', 'course', courseId],
    queryFn: () => progress.getProgress({ params: { courseId } }),
  })
export const allProgress = queryOptions({
  queryKey: ['progress', 'all'],
  queryFn: () => progress.getCourseProgress(),
})
export const heatmap = queryOptions({
  queryKey: ['progress', 'heatmap'],
  queryFn: () => progress.getHeatmap(),
})
export const studentStats = queryOptions({
  queryKey: ['progress', 'stats'],
  queryFn: () => progress.getStudentStats(),
})

/** Told that the numbers move, a page asks only in case a message is lost; otherwise it asks all the time. */
const TOLD_REFRESH_MS = 15_000
const UNTOLD_REFRESH_MS = 5000
/** All that is remembered of a course's dashboard. */
export const dashboardOf = (courseId: string) => ['dashboard', courseId]
export const dashboard = (courseId: string, told: boolean, days = 30) =>
  queryOptions({
    queryKey: [...dashboardOf(courseId), days],
    queryFn: () => analytics.getDashboard({ params: { courseId }, query: { days } }),
    refetchInterval: told ? TOLD_REFRESH_MS : UNTOLD_REFRESH_MS,
  })
