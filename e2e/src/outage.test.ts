import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { newInstructor, startTestStack } from './stack.ts'

/** The promise: a request that cannot be served is refused within two seconds. */
const PROMISED_MS = 2000
const RECOVERY_MS = 30_000
const id = '0123456789abcdef01234567'

const stack = await startTestStack({ seed: true })
after(stack.close)
const { gatewayUrl: origin, urls, stores } = stack
const { accessToken } = await newInstructor(origin, 'out@example.org')
const options = { origin, token: () => accessToken }
const identity = createClient(identityApi, options)
const courses = createClient(courseApi, options)
const progress = createClient(progressApi, options)
const analytics = createClient(analyticsApi, options)
const [course] = await courses.listPublished()
const courseId = course?._id ?? ''
const lectureId = course?.sections[0]?.lectures[0]?._id ?? ''
await courses.enroll({ params: { courseId } })
const save = () => progress.save({ body: { courseId, lectureId, watchTime: 7 } })

type Answer = { status: number; milliseconds: number }

async function timed(call: () => Promise<unknown>): Promise<Answer> {
  const began = performance.now()
  const status = await call().then(
    () => 200,
    (error: unknown) => (error instanceof ApiError ? error.status : Promise.reject(error)),
  )
  return { status, milliseconds: performance.now() - began }
}

const readiness = async (app: string) => (await fetch(`${urls[app]}/health/ready`)).status

/** Asks until the answer fits; the system has to come back by itself. */
async function until(what: string, fits: () => Promise<boolean>) {
  const deadline = performance.now() + RECOVERY_MS
  while (!(await fits().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${RECOVERY_MS} ms`)
  }
}

/** Courses that were said to be made. */
let acknowledged = 0
async function makeCourse() {
  await courses.createCourse({ body: { title: 'Never', category: 'made' } })
  acknowledged += 1
}

const onMongo = {
  'identity-service': () => identity.me(),
  'course-service': () => courses.listTaught(),
  'course-service, writing': makeCourse,
  'progress-service': () => progress.getStudentStats(),
  'analytics-service': () => analytics.getDashboard({ params: { courseId: id } }),
}
const onRedis = {
  'progress-service': () => progress.getProgress({ params: { courseId } }),
  'progress-service, saving': save,
  'analytics-service': () => analytics.trackView({ params: { courseId } }),
}

async function assertRefused(calls: Record<string, () => Promise<unknown>>) {
  const answers = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => [name, await timed(call)] as const),
  )
  for (const [name, { status, milliseconds }] of answers) {
    assert.equal(status, 503, name)
    assert.ok(milliseconds <= PROMISED_MS + 300, `${name} took ${milliseconds} ms`)
  }
}

const served = (calls: Record<string, () => Promise<unknown>>) => async () => {
  const answers = await Promise.all(Object.values(calls).map(timed))
  return answers.every(({ status }) => status < 400 || status === 404)
}

const withMongo = [
  'identity-service',
  'course-service',
  'video-worker',
  'progress-service',
  'analytics-service',
]

for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
  test(`MongoDB under ${signal}: unready, 503 within 2 s, nothing made, and back by itself`, async () => {
    await until('served before', served(onMongo))
    const before = (await courses.listTaught()).length - acknowledged
    await stores.mongo?.signal(signal)
    await assertRefused(onMongo)
    for (const app of withMongo) assert.equal(await readiness(app), 503, app)
    if (signal === 'SIGSTOP') await stores.mongo?.signal('SIGCONT')
    else await stores.mongo?.restart()
    await until('served again', served(onMongo))
    for (const app of withMongo) await until(`${app} ready`, async () => (await readiness(app)) === 200)
    // All are asked again until all answer, and who is back first makes one each time.
    const made = (await courses.listTaught()).length - before - acknowledged
    assert.ok(made <= 1, `${made} courses were made by calls that were refused`)
  })

  test(`Redis under ${signal}: unready, 503 within 2 s, nothing acknowledged is lost, and back by itself`, async () => {
    await until('served before', served(onRedis))
    await save()
    await stores.redis?.signal(signal)
    await assertRefused(onRedis)
    assert.equal(await readiness('progress-service'), 503)
    assert.equal(await readiness('course-service'), 503)
    if (signal === 'SIGSTOP') await stores.redis?.signal('SIGCONT')
    else await stores.redis?.restart()
    await until('served again', served(onRedis))
    const { watchTimes } = await progress.getProgress({ params: { courseId } })
    assert.equal(watchTimes[lectureId], 7)
    for (const app of withMongo) await until(`${app} ready`, async () => (await readiness(app)) === 200)
  })
}
