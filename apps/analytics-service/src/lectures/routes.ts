import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { FEWEST_STUDENTS } from '@aetherlearn/contracts/analytics/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { RequireStaff } from '../courses/access.ts'
import type { KnownCourse } from '../courses/store.ts'
import { playbacksOf, segmentsOf, stretchesOf } from './heat.ts'
import { HOTSPOT_SECONDS, hotspotsOf } from './hotspots.ts'
import type { Difficulties, ReadHeat, Students } from './reader.ts'

export type LectureDeps = {
  requireStaff: RequireStaff
  readHeat: ReadHeat
  /** Lecture → its students. */
  studentsOf: Students
  readDifficulty: Difficulties
}

export const lectureRoutes: FastifyPluginAsyncTypebox<LectureDeps> = async (app, deps) => {
  const { requireStaff, readHeat, studentsOf, readDifficulty } = deps

  app.route({
    ...analyticsApi.getHeat,
    handler: async ({ caller, params: { courseId, lectureId }, query: { segmentSeconds } }) => {
      const lecture = lectureIn(await requireStaff(caller, courseId), lectureId)
      const { lectureTitle, durationSeconds } = lecture
      assertNotTooMany(durationSeconds / segmentSeconds)
      const [heat, students] = await Promise.all([
        readHeat(courseId, lecture),
        studentsOf(courseId, [lectureId]),
      ])
      const hidden = (students.get(lectureId) ?? 0) < FEWEST_STUDENTS
      const stretches = (length: number) => (hidden ? [] : stretchesOf(heat, durationSeconds, length))
      return {
        lectureId,
        lectureTitle,
        durationSeconds,
        segmentSeconds,
        playbacks: playbacksOf(heat),
        hidden,
        segments: segmentsOf(stretches(segmentSeconds)),
        hotspots: hotspotsOf(stretches(HOTSPOT_SECONDS)),
      }
    },
  })

  app.route({
    ...analyticsApi.getDifficulty,
    handler: async ({ caller, params: { courseId } }) =>
      readDifficulty(courseId, await requireStaff(caller, courseId)),
  })
}

/** Twelve hours by the second: more would keep everybody else waiting, and be seen by nobody. */
const MOST_SEGMENTS = 12 * 3600

function assertNotTooMany(segments: number) {
  if (segments <= MOST_SEGMENTS) return
  throw fail('INVALID_INPUT', {
    errors: [{ field: 'query.segmentSeconds', message: 'is too short for a lecture of this length' }],
  })
}

/** Throws LECTURE_NOT_FOUND. */
export function lectureIn(course: KnownCourse, lectureId: string) {
  const lecture = course.lectures.find((one) => one.lectureId === lectureId)
  if (lecture !== undefined) return lecture
  throw fail('LECTURE_NOT_FOUND', {
    errors: [{ field: 'params.lectureId', message: 'is not a lecture of this course' }],
  })
}
