import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { courseApi } from '@aetherlearn/contracts/course'
import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { lectureFailed, lectureReady } from '@aetherlearn/contracts/media'
import { recordKeysApi } from '@aetherlearn/contracts/progress/records'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { connectLive } from '@aetherlearn/sdk/live'
import { uploadVideo } from '@aetherlearn/sdk/uploader'
import { newInstructor } from './stack.ts'

const LOOK_AGAIN_MS = 2000

export type Teacher = Awaited<ReturnType<typeof newTeacher>>

/** An instructor without a browser, with a course of one section. */
export async function newTeacher(origin: string, email: string) {
  const { accessToken } = await newInstructor(origin, email)
  const options = { origin, token: async () => accessToken }
  const courses = createClient(courseApi, options)
  const uploads = createClient(uploadApi, options)
  const records = createClient(recordKeysApi, options)
  const live = connectLive(options)
  await new Promise<void>((resolve) => live.onConnection((connected) => connected && resolve()))
  const { _id: courseId } = await courses.createCourse({ body: { title: `Of ${email}`, category: 'Tests' } })
  const section = await courses.addSection({ params: { courseId }, body: { sectionTitle: 'Clips' } })
  const waiting = new Map<string, () => void>()
  for (const message of [lectureReady, lectureFailed]) {
    live.on(message, ({ lectureId }: { lectureId: string }) => {
      waiting.get(lectureId)?.()
    })
  }
  return {
    courses,
    /** Reads all that is recorded in the course. */
    addRecordKey: () => records.addRecordKey({ params: { courseId }, body: { name: 'Reports' } }),
    live,
    courseId,
    newLecture: async (lectureTitle: string): Promise<string> => {
      const params = { sectionId: section._id }
      return (await courses.addLecture({ params, body: { lectureTitle } }))._id
    },
    upload: async (lectureId: string, file: string) => {
      await uploadVideo({ uploads, lectureId, source: await openAsBlob(file), fileName: basename(file) })
    },
    /** The lecture, once it is READY or FAILED: told by a message, or looked up where that was lost. */
    settled: async (lectureId: string): Promise<Lecture> => {
      for (;;) {
        const heard = new Promise<void>((resolve) => waiting.set(lectureId, resolve))
        const lecture = await courses.getLecture({ params: { lectureId } })
        if (lecture.status !== 'PROCESSING') return lecture
        await Promise.race([heard, setTimeout(LOOK_AGAIN_MS)])
      }
    },
    /** Where its stream lies, as an address that any page can use. */
    streamOf: async (lectureId: string): Promise<string> =>
      new URL((await courses.getPlayback({ params: { lectureId } })).hlsUrl, origin).href,
    close: () => live.close(),
  }
}
