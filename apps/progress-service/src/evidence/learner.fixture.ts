import type { Session } from '@aetherlearn/service-kit/mongo'
import type { openFixture } from '../fixture.ts'
import { completedLecture, lateMinutes, watchedMinute, type Entry } from '../history/port.ts'
import type { Day } from '../activity/days.ts'

type Service = Awaited<ReturnType<typeof openFixture>>
type Place = { courseId: string; lectureId: string }

/** For tests: what happened to a learner, as the history is told of it. */
export function happenings(service: Service, userId: string) {
  const at = (date: Day, minute: number) => Date.parse(date) + minute * 60_000
  const tell = async (entries: Entry[]) => {
    await service.mongo.transaction((session: Session) => service.pending.add(entries, session))
    await service.copier.copyOnce()
  }
  return {
    watched: (date: Day, place: Place, minutes: number, first = 600) =>
      tell(
        Array.from({ length: minutes }, (_, i) => watchedMinute(userId, at(date, first + i), date, place)),
      ),
    completed: (date: Day, place: Place) =>
      tell([completedLecture({ userId, ...place }, at(date, 660), date)]),
    late: (date: Day, minutes: number, version: number) =>
      tell([lateMinutes(userId, date, minutes, version)]),
  }
}
