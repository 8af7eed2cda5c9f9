import { progressApi, watchPosition } from '@aetherlearn/contracts/progress'
import type { Live } from '@aetherlearn/service-kit/live'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Completion } from '../completion/completion.ts'
import { mayBeByHand } from '../completion/rules.ts'
import { lectureIn } from '../courses/lectures.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { replaces } from '../watch/rules.ts'
import { readEvents, readReports, refusalOf, type Place, type Sent } from './check.ts'
import { placesOf, type PlacesDeps } from './places.ts'
import type { LatePosition } from './progress-store.ts'
import type { LateStore } from './store.ts'

export type LateDeps = PlacesDeps & {
  buffer: Pick<PositionBuffer, 'read' | 'liveSpans'>
  late: LateStore
  completion: Pick<Completion, 'complete' | 'completeWatched'>
  live: Pick<Live, 'toUser'>
  now: () => number
}

export const lateRoutes: FastifyPluginAsyncTypebox<LateDeps> = async (app, deps) => {
  const { buffer, late, now } = deps

  app.route({
    ...progressApi.batch,
    handler: async ({ caller: { id: userId }, body, traceId }) => {
      const at = now()
      const { sent, faults } = readReports(body.events)
      if (faults.length > 0) throw refusalOf(faults)
      const [known, places, liveSpans] = await Promise.all([
        late.known(
          userId,
          sent.map(({ report }) => report.id),
        ),
        placesOf(
          deps,
          userId,
          sent.map(({ report }) => report),
        ),
        buffer.liveSpans(userId),
      ])
      const events = readEvents(sent, known, places, at)
      const { accepted, moved } = await late.keep({ userId, events, live: liveSpans, now: at })
      await completeReported(deps, { userId, traceId, at: new Date(at) }, sent, places)
      await tellDevices(deps, userId, moved)
      return { message: 'synced', accepted, known: body.events.length - accepted }
    },
  })
}

type Reporter = { userId: string; traceId: string; at: Date }
/** Of what we had, too: who sends a report again may have had no answer because we died right here. */
async function completeReported(
  { completion }: LateDeps,
  { userId, traceId, at }: Reporter,
  sent: Sent[],
  places: Map<string, Place>,
) {
  for (const [courseId, place] of places) {
    if ('refused' in place) continue
    const reports = sent.flatMap(({ report }) => (report.courseId === courseId ? [report] : []))
    const watched = new Set(reports.map((report) => report.lectureId))
    // Some at a time, until there are no more.
    while ((await completion.completeWatched(userId, courseId, [...watched], at, traceId, true)).length > 0);
    // Where something else completes, saying so does nothing, whatever else has arrived by now.
    const said = reports.filter(({ completed, lectureId }) => {
      const lecture = completed === true ? lectureIn(place.course, lectureId) : undefined
      return lecture !== undefined && mayBeByHand(lecture)
    })
    for (const lectureId of new Set(said.map((report) => report.lectureId)))
      await completion.complete({ userId, courseId, lectureId }, { at, traceId, isLate: true })
  }
}

/** Other devices hear of a position only where it is the one to resume at. */
async function tellDevices({ buffer, live, now }: LateDeps, userId: string, moved: LatePosition[]) {
  for (const courseId of new Set(moved.map((position) => position.courseId))) {
    const fresh = await buffer.read({ userId, courseId })
    const ahead = moved.filter(
      ({ lectureId, stamp, ...position }) =>
        position.courseId === courseId && replaces(stamp, fresh?.positions[lectureId]?.at, now()),
    )
    const tell = ({ lectureId, watchTime, sessionId }: LatePosition) =>
      live.toUser(userId, watchPosition, {
        courseId,
        lectureId,
        watchTime,
        ...(sessionId !== undefined && { sessionId }),
      })
    await Promise.all(ahead.map(tell))
  }
}
