import { openClassroom, type Classroom } from './classroom.ts'
import { courseFlushFigures } from './course-flush.ts'
import { againstPromise, type Figure } from './figures.ts'
import { applyLoad } from './load.ts'
import { watchForAYear } from './well-watched.ts'

const STUDENTS = 2000
const LECTURES = 1000
const DAYS = 365
const REPORTS_PER_SECOND = 1000
const READS_PER_SECOND = 20
const SECONDS = 5
const ROUNDS = 3
const PROMISED_P99_MS = 100

/** A large course's dashboard while it is watched, and many courses brought to MongoDB. */
export async function* dashboardBench(): AsyncGenerator<Figure> {
  const size = { students: STUDENTS, lectures: LECTURES }
  const room = await openClassroom('analytics-service', size, { FLUSH_INTERVAL_MS: '86400000' })
  try {
    await watchForAYear(room)
    const authorization = `Bearer ${await room.service.tokenFor({ role: 'admin', lifetimeSeconds: 3600 })}`
    // The first read brings the sketches back to Redis.
    const url = `${room.service.address}/api/v1/analytics/instructor/${room.courseId}?days=${DAYS}`
    await checkDashboard(url, authorization)
    const read = () =>
      applyLoad({
        ...{ url, headers: [{ authorization }], connections: 8 },
        ...{ seconds: SECONDS, rate: READS_PER_SECOND },
      })
    yield* p99(`dashboard p99 at ${READS_PER_SECOND}/s`, async () => (await read()).p99Ms)
    const watched = `beside ${REPORTS_PER_SECOND} reports/s`
    yield* p99(`dashboard p99 at ${READS_PER_SECOND}/s ${watched}`, async () => {
      const reporting = report(room)
      const { p99Ms } = await read()
      await reporting
      return p99Ms
    })
  } finally {
    await room.close()
  }
  yield* courseFlushFigures()
}

/** The median of some rounds against the promise. */
async function* p99(name: string, measure: () => Promise<number>): AsyncGenerator<Figure> {
  const found: number[] = []
  for (let round = 0; round < ROUNDS; round += 1) found.push(await measure())
  const median = found.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN
  yield againstPromise(name, median, PROMISED_P99_MS, 'ms')
}

/** What was put into the databases is what the dashboard shows: otherwise something smaller is measured. */
async function checkDashboard(url: string, authorization: string) {
  const response = await fetch(url, { headers: { authorization } })
  const shown = (await response.json()) as {
    engagementFunnel: { uniqueStudents: number }[]
    byDay: { views: number }[]
  }
  const lectures = shown.engagementFunnel.filter(({ uniqueStudents }) => uniqueStudents > 0).length
  const days = shown.byDay.filter(({ views }) => views > 0).length
  if (lectures !== LECTURES || days < DAYS - 1)
    throw new Error(`the dashboard shows ${lectures} lectures and ${days} days`)
}

/** Each student in a lecture of their own, and what they play is told. */
function report({ service, courseId, lectureIds, students }: Classroom) {
  const body = students.map((_, n) =>
    JSON.stringify({
      ...{ courseId, lectureId: lectureIds[n % lectureIds.length], watchTimeDelta: 5 },
      ...{ sessionId: 'bench-0001', segments: [[n % 500, (n % 500) + 5]] },
    }),
  )
  const headers = students.map(({ authorization }) => ({ authorization, 'content-type': 'application/json' }))
  return applyLoad({
    ...{ url: `${service.address}/api/v1/analytics/telemetry`, method: 'POST', headers, body },
    ...{ connections: 32, seconds: SECONDS, rate: REPORTS_PER_SECOND },
  })
}
