import type { Held } from '@aetherlearn/service-kit/erasure'
import type { Directory } from '../courses/directory.ts'
import type { PlaceStore } from '../evidence/place-store.ts'
import type { Copier } from '../history/copier.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import type { PersonalStore } from './store.ts'

export type HeldDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'count'>
  buffer: Pick<PositionBuffer, 'count'>
  history: Pick<Copier, 'count'>
}

/** What a sweep would remove, counted. */
export const heldBy =
  ({ personal, buffer, history }: HeldDeps) =>
  async (userId: string): Promise<Held> => ({
    ...(await buffer.count(userId, await personal.courseIds(userId))),
    ...(await personal.count(userId)),
    history: await history.count(userId),
  })

export type SweepDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'erase'>
  buffer: Pick<PositionBuffer, 'erase'>
  directory: Pick<Directory, 'forgetEnrolment'>
  history: Pick<Copier, 'erase'>
  places: Pick<PlaceStore, 'leave'>
}

/** Removes all that is held about somebody; wherever it stops, it can be done again. */
export const createSweep =
  ({ personal, buffer, directory, history, places }: SweepDeps) =>
  async (userId: string): Promise<void> => {
    const courseIds = await personal.courseIds(userId)
    // Redis first: it is found by the rows, and what is not in it cannot be flushed into them.
    await buffer.erase(userId, courseIds)
    await places.leave(userId)
    await personal.erase(userId)
    for (const courseId of courseIds) directory.forgetEnrolment(userId, courseId)
    // Last, as it may be away: the rest does not wait for it.
    await history.erase(userId)
  }
