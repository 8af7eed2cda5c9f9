import { fail, type Failure } from '@aetherlearn/service-kit/errors'

/** Somebody who wants a seat, or for whom the course's people want one. */
export type Request = { userId: string; byStaff: boolean; traceId: string }
export type Seat = { userId: string; sequence: number; enrolledAt: Date }
/** A seat, old or new, or why there is none. */
export type Outcome = { seat: Seat; isNew: boolean } | { refused: Failure }
export type Room = {
  /** Whether the course takes students at all. */
  isOpen: boolean
  seatLimit?: number | undefined
  taken: number
  /** Whose accounts are gone, while their access tokens have not expired. */
  erased: ReadonlySet<string>
}
type Before = Seat & { active: boolean }

/** One outcome for each request, first come first served; nobody takes two seats, and never more are given than are. */
export function seatAll(requests: Request[], room: Room, before: Map<string, Before>, now: Date): Outcome[] {
  let { taken } = room
  const seated = new Map<string, Seat>()
  return requests.map(({ userId, byStaff }) => {
    if (room.erased.has(userId)) return { refused: fail('UNAUTHENTICATED') }
    const known = before.get(userId)
    const seat = seated.get(userId) ?? (known?.active ? known : undefined)
    if (seat !== undefined) return { seat, isNew: false }
    // Strangers must not learn that there is a draft; its people know.
    if (!room.isOpen) return { refused: fail(byStaff ? 'COURSE_NOT_OPEN' : 'COURSE_NOT_FOUND') }
    if (room.seatLimit !== undefined && taken >= room.seatLimit) return { refused: fail('COURSE_FULL') }
    taken += 1
    const fresh = { userId, sequence: (known?.sequence ?? 0) + 1, enrolledAt: now }
    seated.set(userId, fresh)
    return { seat: fresh, isNew: true }
  })
}
