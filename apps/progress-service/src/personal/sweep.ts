import type { Directory } from '../courses/directory.ts'
import type { Copier } from '../history/copier.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import type { PersonalStore } from './store.ts'

export type SweepDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'erase'>
  buffer: Pick<PositionBuffer, 'erase'>
  directory: Pick<Directory, 'forgetEnrolment'>
  history: Pick<Copier, 'erase'>
}

/** Removes all that is held about somebody; wherever it stops, it can be done again. */
export const createSweep =
  ({ personal, buffer, directory, history }: SweepDeps) =>
  async (userId: string): Promise<void> => {
    const courseIds = await personal.courseIds(userId)
    // Redis first: it is found by the rows, and what is not in it cannot be flushed into them.
    await buffer.erase(userId, courseIds)
    await personal.erase(userId)
    for (const courseId of courseIds) directory.forgetEnrolment(userId, courseId)
    // Last, as it may be away: the rest does not wait for it.
    await history.erase(userId)
  }
