import { startRounds, workOnEach, type RoundsOptions } from '@aetherlearn/service-kit/rounds'
import { endUpload, type EndDeps } from './end.ts'

const UPLOADS_EVERY_MS = 10 * 60_000
const STORE_EVERY_MS = 3600 * 1000
const AT_ONCE = 500
/** Far longer than `initialize` takes from the reservation to the upload's row. */
const RESERVATION_MS = 3600 * 1000
/** The longest that anything is written without a row: an imported video, a picture. */
const DAY_MS = 24 * 3600 * 1000

/** Lets go of every upload that expired before `now`. Any number of instances may do it at the same time. */
export async function sweepUploads(deps: EndDeps, now: Date): Promise<void> {
  const { uploads, usage } = deps
  const abandoned = await uploads.abandoned(now, AT_ONCE)
  const ended = workOnEach(abandoned, (upload) => endUpload(deps, upload))
  // An upload that can't be let go must not keep reservations either.
  await ended.catch(() => undefined)
  for (const reservation of await usage.reservedBefore(new Date(now.getTime() - RESERVATION_MS))) {
    if (!(await uploads.isUnderWay(reservation.uploadId))) await usage.drop(reservation)
  }
  await ended
}

/** What no row tells of: parts whose upload was never written down, and whatever a killed process was writing. */
export async function sweepStore({ uploads, objects }: EndDeps, now: Date): Promise<void> {
  await objects.sweepParts(new Date(now.getTime() - DAY_MS), uploads.hasParts)
}

/** In every instance; they do not get into each other's way. */
export function startSweeps(deps: EndDeps, log: RoundsOptions['log']): { stop(): Promise<unknown> } {
  const uploads = () => sweepUploads(deps, new Date())
  const store = () => sweepStore(deps, new Date())
  const rounds = [
    startRounds({ name: 'upload sweep', everyMs: UPLOADS_EVERY_MS, work: uploads, log }),
    startRounds({ name: 'object sweep', everyMs: STORE_EVERY_MS, work: store, log }),
  ]
  return { stop: () => Promise.all(rounds.map(({ stop }) => stop())) }
}
