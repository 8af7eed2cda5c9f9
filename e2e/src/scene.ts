import { setTimeout as pause } from 'node:timers/promises'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi, type Session } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { adminEmail, demoPassword, instructorEmail, studentEmail } from '@aetherlearn/local-stack/demo'
import { ApiError, createClient, type Client } from '@aetherlearn/sdk/client'
import { newInstructor, startTestStack } from './stack.ts'

/** A stranger is a student who is not enrolled; the owner is the instructor whose course it is. */
export const callers = ['anonymous', 'stranger', 'student', 'instructor', 'owner', 'admin'] as const
export type Caller = (typeof callers)[number]
export type Scene = Awaited<ReturnType<typeof openScene>>
type Courses = Client<typeof courseApi>

/** A picture as PNG. */
export const onePixel = new Uint8Array(
  Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
)

/** The whole system with a published course of one owner, and one person of each kind. */
export async function openScene() {
  const stack = await startTestStack({ seed: true })
  const origin = stack.gatewayUrl
  const people = await gather(origin)
  const { sessions } = people
  const coursesOf = (who: keyof typeof sessions): Courses =>
    createClient(courseApi, { origin, token: () => sessions[who].accessToken })
  const owner = coursesOf('owner')
  const uploads = createClient(uploadApi, { origin, token: () => sessions.owner.accessToken })
  const course = await prepareCourse(owner, uploads, coursesOf('student'))
  const params = { courseId: course.courseId }
  const tokens: Record<Caller, string | undefined> = {
    anonymous: undefined,
    stranger: sessions.stranger.accessToken,
    student: sessions.student.accessToken,
    instructor: sessions.instructor.accessToken,
    owner: sessions.owner.accessToken,
    admin: sessions.admin.accessToken,
  }
  /** A course; a section, its lecture and an upload of the other one; the student's note. A test may delete them. */
  const disposable = { courseId: '', sectionId: '', lectureId: '', uploadId: '', noteId: '' }
  const renewDisposable = async () => {
    const { _id: sectionId } = await owner.addSection({ params, body: { sectionTitle: 'Disposable' } })
    const lecture = await owner.addLecture({ params: { sectionId }, body: { lectureTitle: 'Disposable' } })
    Object.assign(disposable, { sectionId, lectureId: lecture._id })
  }
  await renewDisposable()
  const renewCourse = async () => {
    disposable.courseId = (await owner.createCourse({ body: { title: 'Disposable', category: 'Tests' } }))._id
  }
  await renewCourse()
  const renewUpload = async () => {
    const file = { lectureId: course.draftLectureId, size: 1000, fileName: 'disposable.mp4' }
    disposable.uploadId = (await uploads.initializeUpload({ body: file })).uploadId
  }
  await renewUpload()
  const studentsProgress = createClient(progressApi, { origin, token: () => sessions.student.accessToken })
  const renewNote = async () => {
    const body = { courseId: course.courseId, lectureId: course.lectureId, second: 0, text: 'Disposable' }
    disposable.noteId = (await studentsProgress.addNote({ body }))._id
  }
  await renewNote()
  const letSpareView = () =>
    onceHeardOf(() => owner.putPerson({ params, body: { userId: people.spareId, role: 'viewer' } }))
  await letSpareView()
  await owner.putThumbnail({ params, raw: onePixel, headers: { 'content-type': 'image/png' } })
  await owner.publish({ params, body: {} })
  return {
    ...course,
    ...people,
    disposable,
    renewDisposable,
    renewCourse,
    renewUpload,
    renewNote,
    letSpareView,
    gatewayUrl: origin,
    urls: stack.urls,
    tokens,
    /** Puts the student in, everybody else out. */
    enrolOnlyStudent: async () => {
      await coursesOf('student').enroll({ params })
      for (const who of ['stranger', 'instructor', 'owner', 'admin'] as const)
        await leave(coursesOf(who), params)
    },
    publishAgain: () => owner.publish({ params }),
    listAgain: () => owner.changeStatus({ params, body: { status: 'live' } }),
    close: stack.close,
  }
}

/** course-service hears of new people by an event. */
async function onceHeardOf(work: () => Promise<unknown>) {
  for (const deadline = Date.now() + 10_000; ; await pause(50)) {
    try {
      return await work()
    } catch (error) {
      const isNews = error instanceof ApiError && error.code === 'USER_NOT_FOUND'
      if (!isNews || Date.now() > deadline) throw error
    }
  }
}

async function gather(origin: string) {
  const anyone = createClient(identityApi, { origin })
  const signIn = (email: string) => anyone.signIn({ body: { email, password: demoPassword } })
  const signUp = (email: string) =>
    anyone.signUp({ body: { email, password: demoPassword, fullName: 'Somebody' } })
  const sessions = {
    stranger: await signUp('stranger@example.org'),
    student: await signIn(studentEmail),
    instructor: await newInstructor(origin, 'other@example.org'),
    owner: await signIn(instructorEmail),
    admin: await signIn(adminEmail),
  } satisfies Record<string, Session>
  const spare = await signUp('spare@example.org')
  return {
    sessions,
    spareId: spare.user.id,
    freshRefreshToken: async () => (await signIn('spare@example.org')).refreshToken,
  }
}

/** The demo's course, with a second lecture that has no video yet and an upload for it. */
async function prepareCourse(owner: Courses, uploads: Client<typeof uploadApi>, student: Courses) {
  const [course] = await owner.listTaught()
  if (course === undefined) throw new Error('the demo has no course')
  const params = { courseId: course._id }
  const [sectionId = ''] = course.sections
  const outline = await owner.getCourse({ params })
  const lectureId = outline.sections[0]?.lectures[0]?._id ?? ''
  const draft = await owner.addLecture({ params: { sectionId }, body: { lectureTitle: 'Next' } })
  const { uploadId } = await uploads.initializeUpload({ body: { lectureId: draft._id } })
  await student.enroll({ params })
  const { hlsUrl } = await student.getPlayback({ params: { lectureId } })
  const [, , , , grant = '', file = ''] = hlsUrl.split('/')
  return { courseId: course._id, sectionId, lectureId, draftLectureId: draft._id, uploadId, grant, file }
}

async function leave(courses: Courses, params: { courseId: string }) {
  await courses.leave({ params }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'NOT_ENROLLED') throw error
  })
}
