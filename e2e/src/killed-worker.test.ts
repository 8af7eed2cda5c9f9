import assert from 'node:assert/strict'
import { openAsBlob } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { courseApi } from '@aetherlearn/contracts/course'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { createClient } from '@aetherlearn/sdk/client'
import { uploadVideo } from '@aetherlearn/sdk/uploader'
import { io } from 'socket.io-client'
import { makeSample } from './sample.ts'
import { soon } from './soon.ts'
import { newInstructor, startTestStack } from './stack.ts'

const stack = await startTestStack()
const { gatewayUrl: origin } = stack
const { accessToken } = await newInstructor(origin, 'kim@example.org')
const socket = io(origin, { auth: { token: accessToken }, transports: ['websocket'] })
after(async () => {
  socket.disconnect()
  await stack.close()
})
const options = { origin, token: () => accessToken }
const courses = createClient(courseApi, options)

/** The next message of that name; the ones before were heard by nobody. */
const heard = <T>(name: string, fits: (payload: T) => boolean = () => true) =>
  new Promise<T>((resolve) => {
    const listen = (payload: T) => {
      if (!fits(payload)) return
      socket.off(name, listen)
      resolve(payload)
    }
    socket.on(name, listen)
  })

test('a worker killed in mid-transcode costs nothing: another takes the video up and it is READY once', async () => {
  const course = await courses.createCourse({ body: { title: 'Killed', category: 'Tests' } })
  const section = await courses.addSection({
    params: { courseId: course._id },
    body: { sectionTitle: 'One' },
  })
  const lecture = await courses.addLecture({
    params: { sectionId: section._id },
    body: { lectureTitle: 'Clip' },
  })
  const lectureId = lecture._id
  let readies = 0
  socket.on('lecture.ready', () => (readies += 1))
  const half = heard<{ percent: number }>('lecture.progress', ({ percent }) => percent >= 10)
  const source = await openAsBlob(await makeSample(join(stack.home, 'clip.mp4'), 30))
  await uploadVideo({ uploads: createClient(uploadApi, options), lectureId, source, fileName: 'clip.mp4' })
  await half
  await stack.app('video-worker').signal('SIGKILL')
  assert.equal((await courses.getLecture({ params: { lectureId } })).status, 'PROCESSING')
  const ready = heard('lecture.ready')
  await stack.app('video-worker').restart()
  await ready
  assert.equal((await courses.getLecture({ params: { lectureId } })).status, 'READY')
  const attempts = join(stack.home, 'data/objects/objects/media', lectureId)
  const [upload = ''] = await readdir(attempts)
  // What the killed one left is removed once the video is ready, which is told meanwhile.
  await soon(async () =>
    assert.equal((await readdir(join(attempts, upload))).length, 1, 'only the published attempt left files'),
  )
  assert.equal(readies, 1)
})
