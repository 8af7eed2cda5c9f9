import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { courseApi } from '@aetherlearn/contracts/course'
import { identityApi } from '@aetherlearn/contracts/identity'
import type { Range } from '@aetherlearn/contracts/progress/shapes'
import { demoPassword as password } from '@aetherlearn/local-stack/demo'
import { createClient } from '@aetherlearn/sdk/client'

type Enrolling = { origin: string; email: string; courseId: string }

/** A student without a browser, enrolled in a course. */
export async function newStudent({ origin, email, courseId }: Enrolling) {
  const anyone = createClient(identityApi, { origin })
  const { accessToken } = await anyone.signUp({ body: { email, password, fullName: `Student ${email}` } })
  const options = { origin, token: () => accessToken }
  const analytics = createClient(analyticsApi, options)
  await createClient(courseApi, options).enroll({ params: { courseId } })
  return {
    analytics,
    /** Tells what a player would: stretches in the order in which they were played, at normal speed. */
    watch: (lectureId: string, segments: Range[]) => {
      const watchTimeDelta = segments.reduce((sum, [from, to]) => sum + to - from, 0)
      return analytics.trackTelemetry({ body: { courseId, lectureId, watchTimeDelta, segments } })
    },
  }
}
