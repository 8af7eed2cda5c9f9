import { openAsBlob } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { retry } from '@aetherlearn/sdk/retry'
import { uploadVideo } from '@aetherlearn/sdk/uploader'
import { firstLook, otherCourses, type DemoCourse } from './demo-courses.ts'
import { pause } from './pause.ts'
import { StackError } from './programs.ts'
import type { DemoFiles } from './sample-video.ts'

const READY_SECONDS = 120

export const demoPassword = 'aetherlearn-demo'
export const adminEmail = 'admin@aetherlearn.test'
export const instructorEmail = 'instructor@aetherlearn.test'
export const studentEmail = 'student@aetherlearn.test'

type DemoOptions = {
  gatewayUrl: string
  files: Promise<DemoFiles>
  say: (line: string) => void
  signal?: AbortSignal | undefined
}

/** Two more people and published courses with generated videos. What is there already stays as it is. */
export async function seedDemo(options: DemoOptions) {
  try {
    await seed(options)
  } catch (error) {
    if (error instanceof StackError || options.signal?.aborted === true) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new StackError(`The demo could not be made: ${why}. To start without it: npm start -- --no-seed`)
  }
}

async function seed({ gatewayUrl, files, say, signal }: DemoOptions) {
  // A machine that has just started everything is busy, and a service that has no time says 503.
  const patiently = <T>(work: () => Promise<T>) => retry(work, { signal })
  const token = await patiently(() => makePeople(gatewayUrl))
  const options = { origin: gatewayUrl, token: () => token }
  const courses = createClient(courseApi, options)
  const taught = await patiently(() => courses.listTaught())
  const isMissing = ({ title }: DemoCourse) =>
    !taught.some((course) => course.title === title && course.status !== 'draft')
  const missing = [firstLook, ...otherCourses].filter(isMissing)
  if (missing.length === 0) return
  say('Seeding the demo: courses with generated videos.')
  const studio = { courses, uploads: createClient(uploadApi, options), signal }
  const { long, short, cover } = await files
  // Its video takes the longest, so it is on its way first; published last, it leads the catalogue.
  const make = (course: DemoCourse) =>
    makeCourse(studio, course, course === firstLook ? { video: long, cover } : { video: short })
  const made = await Promise.all(missing.map((course) => patiently(() => make(course))))
  for (const courseId of made.reverse()) await patiently(() => courses.publish({ params: { courseId } }))
}

/** The instructor and the student beside the admin; gives the instructor's access token. */
async function makePeople(gatewayUrl: string): Promise<string> {
  const signIn = (email: string, fullName: string) => session(gatewayUrl, email, fullName)
  const [first] = await Promise.all([
    signIn(instructorEmail, 'Ines Instructor'),
    signIn(studentEmail, 'Sam Student'),
  ])
  if (first.user.role !== 'student') return first.accessToken
  const admin = await signIn(adminEmail, 'Ada Admin')
  const identity = createClient(identityApi, { origin: gatewayUrl, token: () => admin.accessToken })
  await identity.changeUser({ params: { userId: first.user.id }, body: { role: 'instructor' } })
  // The role is in the token, so a new one is needed after the change.
  const second = await signIn(instructorEmail, 'Ines Instructor')
  return second.accessToken
}

async function session(origin: string, email: string, fullName: string) {
  const identity = createClient(identityApi, { origin })
  const body = { email, password: demoPassword }
  return identity.signIn({ body }).catch((error: unknown) => {
    if (error instanceof ApiError && error.code === 'WRONG_CREDENTIALS' && email !== adminEmail) {
      return identity.signUp({ body: { ...body, fullName } })
    }
    throw error
  })
}

type Courses = ReturnType<typeof createClient<typeof courseApi>>
type Studio = {
  courses: Courses
  uploads: ReturnType<typeof createClient<typeof uploadApi>>
  signal: AbortSignal | undefined
}

/** A draft whose lectures all have `video`. */
async function makeCourse(studio: Studio, demo: DemoCourse, files: { video: string; cover?: string }) {
  const { courses, uploads, signal } = studio
  const { video, cover } = files
  const { sections, ...body } = demo
  const { _id: courseId } = await courses.createCourse({ body })
  if (cover !== undefined) await putCover(courses, courseId, cover)
  for (const [sectionTitle, lectureTitles] of Object.entries(sections)) {
    const section = await courses.addSection({ params: { courseId }, body: { sectionTitle } })
    for (const lectureTitle of lectureTitles) {
      const params = { sectionId: section._id }
      const { _id: lectureId } = await courses.addLecture({ params, body: { lectureTitle } })
      await uploadVideo({ uploads, lectureId, source: await openAsBlob(video), fileName: basename(video) })
      await untilVideoReady(courses, lectureId, signal)
    }
  }
  return courseId
}

async function putCover(courses: Courses, courseId: string, cover: string) {
  const headers = { 'content-type': 'application/octet-stream' }
  await courses.putThumbnail({ params: { courseId }, raw: await readFile(cover), headers })
}

async function untilVideoReady(courses: Courses, lectureId: string, signal: AbortSignal | undefined) {
  const deadline = Date.now() + READY_SECONDS * 1000
  while (Date.now() < deadline) {
    signal?.throwIfAborted()
    const lecture = await retry(() => courses.getLecture({ params: { lectureId } }), { signal })
    if (lecture.status === 'READY') return
    if (lecture.status === 'FAILED')
      throw new StackError(`The demo video failed: ${lecture.failure?.advice ?? ''}`)
    await pause(250)
  }
  throw new StackError(`The demo video was not ready within ${READY_SECONDS} s; see the video-worker's log.`)
}
