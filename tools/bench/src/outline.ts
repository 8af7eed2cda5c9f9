import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { demoPassword, instructorEmail } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'
import { openDatabase } from '@aetherlearn/testing/stores'
import { measureInTurns, type Figure } from './figures.ts'
import type { BenchStack } from './stack.ts'

const SECTIONS = 20
const LECTURES = 2000
const AT_ONCE = 10
const ROUNDS = 5
const READS = 20

/** The outline of a course of 2,000 lectures, one read after the other, against a plain find of the same documents. */
export async function outlineBench(stack: BenchStack): Promise<Figure[]> {
  const course = await makeCourse(stack)
  const mongo = await openDatabase(stack.mongoUrl, 'course')
  const courses = mongo.collection('courses')
  const find = async () => {
    const row = await courses.findOne({ title: course.title })
    const of = { courseId: row?._id }
    const [sections, lectures] = await Promise.all([
      mongo.collection('sections').find(of).toArray(),
      mongo.collection('lectures').find(of).toArray(),
    ])
    if (lectures.length !== LECTURES) throw new Error(`${lectures.length} lectures instead of ${LECTURES}`)
    return JSON.stringify({ row, sections, lectures })
  }
  const read = async () => {
    const answer = await fetch(course.address, { headers: { authorization: `Bearer ${course.token}` } })
    if (!answer.ok) throw new Error(`the outline answered ${answer.status}`)
    return answer.arrayBuffer()
  }
  try {
    const rate = { name: 'outline', unit: 'reads/s', rounds: ROUNDS }
    const figure = await measureInTurns({
      ...rate,
      ours: () => perSecond(read),
      baseline: () => perSecond(find),
    })
    const [ours, baseline] = [1000 / figure.ours, 1000 / figure.baseline].map((ms) => Number(ms.toFixed(1)))
    const each = { ours: ours ?? 0, baseline: baseline ?? 0, ratio: figure.ratio }
    return [figure, { name: `outline of ${LECTURES} lectures`, ...each, unit: 'ms' }]
  } finally {
    await mongo.close()
  }
}

async function perSecond(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  for (let n = 0; n < READS; n += 1) await work()
  return (READS * 1000) / (performance.now() - from)
}

async function makeCourse({ urls }: BenchStack) {
  const identity = createClient(identityApi, { origin: urls['identity-service'] ?? '' })
  const { accessToken: token } = await identity.signIn({
    body: { email: instructorEmail, password: demoPassword },
  })
  const origin = urls['course-service'] ?? ''
  const instructor = createClient(courseApi, { origin, token: () => token })
  const title = 'Two thousand lectures'
  const { _id: courseId } = await instructor.createCourse({ body: { title, category: 'Bench' } })
  for (let section = 0; section < SECTIONS; section += 1) {
    const body = { sectionTitle: `Section ${section}` }
    const { _id: sectionId } = await instructor.addSection({ params: { courseId }, body })
    const add = (n: number) =>
      instructor.addLecture({ params: { sectionId }, body: { lectureTitle: `Lecture ${n}` } })
    for (let n = 0; n < LECTURES / SECTIONS; n += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, k) => add(n + k)))
  }
  return { token, title, address: `${origin}/api/v1/course/${courseId}` }
}
