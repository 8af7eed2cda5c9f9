/**
 * For tests: a class whose truth is known, because it is made up here, by nothing that the service has. Each student is
 * a plan of sittings; a sitting is a player that reports every 20 s what was played since.
 */
export type Lecture = { lectureId: string; durationSeconds: number }
export type Report = {
  userId: string
  lectureId: string
  sessionId?: string
  watchTimeDelta: number
  segments: [from: number, to: number][]
}
/** What happens at one moment, in any order but that of each student. */
export type Moment = { at: number; views: string[]; reports: Report[] }

export const REPORT_SECONDS = 20

/** Mulberry32: the same class each time, so that a failure can be looked into. */
export function chanceFrom(seed: number) {
  let state = seed
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    happens: (share: number) => next() < share,
    below,
    id: () => Array.from({ length: 24 }, () => below(16).toString(16)).join(''),
  }
}
export type Chance = ReturnType<typeof chanceFrom>

type Player = { userId: string; lecture: Lecture; sessionId?: string; speed: number; second: number }

/** What a player does until its next report: it may stop for a while, go back, or leave something out. */
function playOn(player: Player, chance: Chance): Report {
  const { userId, lecture, sessionId, speed } = player
  const watchTimeDelta = chance.happens(0.1) ? 7.5 : REPORT_SECONDS
  const segments: [number, number][] = []
  let left = watchTimeDelta * speed
  const play = (seconds: number) => {
    const to = Math.min(player.second + seconds, lecture.durationSeconds)
    if (to > player.second) segments.push([player.second, to])
    left -= seconds
    player.second = to
  }
  if (chance.happens(0.25)) {
    play(left * 0.4)
    const jump = chance.happens(0.6) ? -12.25 : 31.5
    player.second = Math.min(Math.max(player.second + jump, 0), lecture.durationSeconds)
  }
  play(left)
  const report = { userId, lectureId: lecture.lectureId, watchTimeDelta, segments }
  return sessionId === undefined ? report : { ...report, sessionId }
}

export type Plan = {
  lectures: Lecture[]
  students: string[]
  /** When the class sits down: students come to some of them. */
  sittings: number[]
  reportsEach: number
  chance: Chance
}

/** The moments of a class, in order. Most come again and again, later lectures are watched by fewer. */
export function simulate({ lectures, students, sittings, reportsEach, chance }: Plan): Moment[] {
  const came = new Map<string, number>()
  return sittings.flatMap((start, sitting) => {
    const present = students.filter((_, index) => chance.happens(index % 10 === 0 ? 0.6 : 0.15))
    const players = present.map((userId): Player => {
      const furthest = came.get(userId) ?? 0
      came.set(userId, Math.min(furthest + 1, lectures.length - 1))
      const lecture = lectures[chance.happens(0.7) ? furthest : chance.below(furthest + 1)] ?? lectures[0]!
      const player = {
        ...{ userId, lecture, speed: [1, 1, 1.5, 2][chance.below(4)] ?? 1 },
        second: chance.happens(0.5) ? 0 : chance.below(lecture.durationSeconds * 4) / 4,
      }
      // A browser's tab may stay open for days, and a few players name no session.
      const kind = chance.below(10)
      if (kind === 0) return player
      return { ...player, sessionId: kind < 3 ? 'a-tab-left-open' : `sitting-${sitting}` }
    })
    const views = students.filter(() => chance.happens(0.05))
    const reporting = Array.from({ length: reportsEach }, (_, n): Moment => {
      const still = players.filter(() => n === 0 || chance.happens(0.9))
      const at = start + (n + 1) * REPORT_SECONDS * 1000
      return { at, views: [], reports: still.map((player) => playOn(player, chance)) }
    })
    return [{ at: start, views, reports: [] }, ...reporting]
  })
}
