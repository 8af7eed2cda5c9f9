import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { demoPassword } from '@aetherlearn/local-stack/demo'
import { startStack } from '@aetherlearn/local-stack/stack'
import { createClient } from '@aetherlearn/sdk/client'

/** Enough that no single key or token is the whole load. */
const STUDENTS = 32
const EVENTS_ARRIVE_MS = 20_000

export type BenchStack = {
  gatewayUrl: string
  urls: Record<string, string>
  redisStateUrl: string
  mongoUrl: string
  courseId: string
  lectureId: string
  /** One access token per enrolled student. */
  studentTokens: string[]
}

/** The whole system on free ports with the demo course and a class of students; gone afterwards. */
export async function withBenchStack<T>(work: (stack: BenchStack) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'aetherlearn-bench-'))
  const stack = await startStack({
    home,
    ports: 'free',
    seed: true,
    // One machine asks here as often as thousands of people do elsewhere.
    env: { RATE_READ_PER_MINUTE: '1000000000', RATE_HEARTBEAT_PER_MINUTE: '1000000000' },
    log: (line) => process.stderr.write(`${line}\n`),
  })
  try {
    const { gatewayUrl, urls, redisStateUrl, mongoUrl } = stack
    const [course] = await createClient(courseApi, { origin: gatewayUrl }).listPublished()
    const lectureId = course?.sections[0]?.lectures[0]?._id
    if (course === undefined || lectureId === undefined) throw new Error('the demo course is not there')
    const studentTokens = await enrolClass(urls, course._id)
    await untilAllMaySave(urls, { courseId: course._id, lectureId }, studentTokens)
    const addresses = { gatewayUrl, urls, redisStateUrl, mongoUrl }
    return await work({ ...addresses, courseId: course._id, lectureId, studentTokens })
  } finally {
    await stack.stop()
    await rm(home, { recursive: true, force: true })
  }
}

/** Straight to the services: the gateway's limits on sign-ups are for strangers. */
async function enrolClass(urls: Record<string, string>, courseId: string): Promise<string[]> {
  const identity = createClient(identityApi, { origin: urls['identity-service'] ?? '' })
  const enrolNew = async (_: unknown, number: number) => {
    const body = {
      email: `bench-${number}@aetherlearn.test`,
      password: demoPassword,
      fullName: `Student ${number}`,
    }
    const { accessToken } = await identity.signUp({ body })
    await createClient(courseApi, { origin: urls['course-service'] ?? '', token: () => accessToken }).enroll({
      params: { courseId },
    })
    return accessToken
  }
  return Promise.all(Array.from({ length: STUDENTS }, enrolNew))
}

type LectureRef = { courseId: string; lectureId: string }

/** Enrolments travel as events; a benchmark begins when the last has arrived. */
async function untilAllMaySave(urls: Record<string, string>, lecture: LectureRef, tokens: string[]) {
  const deadline = Date.now() + EVENTS_ARRIVE_MS
  for (const token of tokens) {
    const progress = createClient(progressApi, { origin: urls['progress-service'] ?? '', token: () => token })
    const save = () => progress.save({ body: { ...lecture, watchTime: 0 } })
    while ((await save().catch(() => undefined)) === undefined) {
      if (Date.now() > deadline) throw new Error('progress-service has not heard of the enrolments')
    }
  }
}
