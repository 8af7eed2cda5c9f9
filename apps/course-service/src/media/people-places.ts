import { may } from '../courses/rules.ts'
import type { CourseStore } from '../courses/store.ts'
import { createSeats, type Seats } from '../enrolment/seats.ts'
import { placeKey } from '../enrolment/store.ts'

/** Who works on which course, remembered like the seats of its students. */
export const createPeoplePlaces = (courses: Pick<CourseStore, 'findCourse'>): Seats =>
  createSeats({
    activeAmong: async (places) => {
      const held = await Promise.all(
        places.map(async (place) => {
          const course = await courses.findCourse(place.courseId)
          return course !== null && may(course, { id: place.userId, role: 'instructor' }, 'see')
            ? [place]
            : []
        }),
      )
      return new Map(held.flat().map((place) => [placeKey(place), place]))
    },
  })
