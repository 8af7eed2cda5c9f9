import { remember } from '@aetherlearn/service-kit/remembered'
import { placeKey, type EnrolmentPlace, type EnrolmentStore } from './store.ts'

const REMEMBERED = 50_000
/** Between the two a place is looked up in the background. */
const FRESH_MS = 20_000
/**
 * Another instance notices within this time that somebody left, however long their player was silent. With what an edge
 * may go by our word (`media/file-routes.ts`) it is less than a minute.
 */
export const SEAT_SECONDS = 25

export type Seats = {
  isTaken(place: EnrolmentPlace): Promise<boolean>
  /** For the student who left here. */
  forget(place: EnrolmentPlace): void
}

/** Who is enrolled, for the many requests of a player; while MongoDB is away, who was seated stays so. */
export function createSeats(enrolments: Pick<EnrolmentStore, 'activeAmong'>, now = Date.now): Seats {
  const seats = remember({
    max: REMEMBERED,
    freshMs: FRESH_MS,
    usableMs: SEAT_SECONDS * 1000,
    now,
    read: (keys) =>
      enrolments.activeAmong(
        keys.map((key) => {
          const [courseId = '', userId = ''] = key.split('/')
          return { courseId, userId }
        }),
      ),
  })
  return {
    isTaken: async (place) => (await seats.get(placeKey(place))) !== undefined,
    forget: (place) => seats.forget(placeKey(place)),
  }
}
