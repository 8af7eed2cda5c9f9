import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import { progressApi } from '@aetherlearn/contracts/progress'
import { uploadApi } from '@aetherlearn/contracts/upload'
import { createClient, download } from '@aetherlearn/sdk/client'
import { serverClock } from '../session/server-clock.ts'
import { session } from '../session/session.ts'

/** The gateway serves the console too, so every call goes to the page's own origin. */
export const options = { origin: '', token: session.token, fetch: serverClock.fetch }
export const identity = createClient(identityApi, options)
export const courses = createClient(courseApi, options)
export const uploads = createClient(uploadApi, options)
export const progress = createClient(progressApi, options)
export const analytics = createClient(analyticsApi, options)

/** The browser keeps it on disk where it is large, and the person chooses where it goes. */
export const exportedCourse = async (courseId: string): Promise<Blob> =>
  (await download(courseApi.exportCourse, { params: { courseId } }, options)).blob()
