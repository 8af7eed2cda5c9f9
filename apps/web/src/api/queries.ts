import type { CourseOutline, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { queryOptions } from '@tanstack/react-query'
import { analytics, courses, progress } from './clients.ts'

/** The most that the catalogue route gives at once. */
const CATALOGUE_LIMIT = 100

export const catalogue = queryOptions({
  queryKey: ['catalogue'],
  queryFn: () => courses.listPublished({ query: { limit: CATALOGUE_LIMIT } }),
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

export const playback = (lectureId: string) =>
  queryOptions({
    queryKey: ['playback', lectureId],
    queryFn: () => courses.getPlayback({ params: { lectureId } }),
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

const DASHBOARD_REFRESH_MS = 5000
export const dashboard = (courseId: string) =>
  queryOptions({
    queryKey: ['dashboard', courseId],
    queryFn: () => analytics.getDashboard({ params: { courseId } }),
    refetchInterval: DASHBOARD_REFRESH_MS,
  })
