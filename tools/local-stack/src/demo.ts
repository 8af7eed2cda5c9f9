import { execFile } from 'node:child_process'
import { openAsBlob } from 'node:fs'
import { mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { ApiError, createClient } from '@aetherlearn/sdk/client'
import { uploadVideo } from '@aetherlearn/sdk/uploader'
import { pause } from './pause.ts'
import { StackError } from './programs.ts'
import { sampleVideoArgs } from './sample-video.ts'
import { findFfmpeg } from './stores.ts'

const run = promisify(execFile)
const READY_SECONDS = 120
const SAMPLE_SECONDS = 20

export const demoPassword = 'aetherlearn-demo'
export const adminEmail = 'admin@aetherlearn.test'
export const instructorEmail = 'instructor@aetherlearn.test'
export const studentEmail = 'student@aetherlearn.test'
const courseTitle = 'A first look at AetherLearn'

type DemoOptions = {
  gatewayUrl: string
  home: string
  say: (line: string) => void
  signal?: AbortSignal | undefined
}

/** Two more people and a published course with a generated video. What is there already stays as it is. */
export async function seedDemo(options: DemoOptions) {
  try {
    await seed(options)
  } catch (error) {
    if (error instanceof StackError || options.signal?.aborted === true) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw new StackError(`The demo could not be made: ${why}. To start without it: npm start -- --no-seed`)
  }
}

async function seed({ gatewayUrl, home, say, signal }: DemoOptions) {
  const signIn = (email: string, fullName: string) => session(gatewayUrl, email, fullName)
  const { user } = await signIn(instructorEmail, 'Ines Instructor')
  await signIn(studentEmail, 'Sam Student')
  if (user.role === 'student') {
    const admin = await signIn(adminEmail, 'Ada Admin')
    const identity = createClient(identityApi, { origin: gatewayUrl, token: () => admin.accessToken })
    await identity.changeUser({ params: { userId: user.id }, body: { role: 'instructor' } })
  }
  // The role is in the token, so a new one is needed after the change.
  const { accessToken } = await signIn(instructorEmail, 'Ines Instructor')
  const options = { origin: gatewayUrl, token: () => accessToken }
  const courses = createClient(courseApi, options)
  const taught = await courses.listTaught()
  if (taught.some((course) => course.title === courseTitle && course.status === 'live')) return
  say('Seeding the demo: a course with a generated video.')
  const courseId = await createCourse(courses)
  const lectureId = await addLecture(courses, courseId)
  const file = await openAsBlob(await sampleVideo({ home, say, signal }))
  await uploadVideo({
    uploads: createClient(uploadApi, options),
    lectureId,
    source: file,
    fileName: 'first-look.mp4',
  })
  await untilVideoReady(courses, lectureId, signal)
  await courses.publish({ params: { courseId } })
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

async function createCourse(courses: Courses): Promise<string> {
  const subtitle = 'Upload a video, watch it become a stream, see your students move.'
  const course = await courses.createCourse({ body: { title: courseTitle, category: 'Teaching', subtitle } })
  return course._id
}

async function addLecture(courses: Courses, courseId: string): Promise<string> {
  const section = await courses.addSection({ params: { courseId }, body: { sectionTitle: 'Welcome' } })
  const params = { sectionId: section._id }
  const lecture = await courses.addLecture({ params, body: { lectureTitle: 'What a lecture looks like' } })
  return lecture._id
}

async function untilVideoReady(courses: Courses, lectureId: string, signal: AbortSignal | undefined) {
  const deadline = Date.now() + READY_SECONDS * 1000
  while (Date.now() < deadline) {
    signal?.throwIfAborted()
    const lecture = await courses.getLecture({ params: { lectureId } })
    if (lecture.status === 'READY') return
    if (lecture.status === 'FAILED')
      throw new StackError(`The demo video failed: ${lecture.failure?.advice ?? ''}`)
    await pause(250)
  }
  throw new StackError(`The demo video was not ready within ${READY_SECONDS} s; see the video-worker's log.`)
}

async function sampleVideo({ home, say, signal }: Omit<DemoOptions, 'gatewayUrl'>): Promise<string> {
  const folder = join(home, 'data')
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'first-look.mp4')
  const partial = join(folder, 'first-look.partial.mp4')
  const ffmpeg = await findFfmpeg(say)
  const make = (clock: boolean) =>
    run(ffmpeg, sampleVideoArgs({ seconds: SAMPLE_SECONDS, file: partial, clock }), { signal })
  // An ffmpeg without drawtext, or without any font, makes the video all the same.
  await make(true).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    return make(false)
  })
  await rename(partial, file)
  return file
}
