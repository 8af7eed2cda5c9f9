import { authoringApi } from './course/authoring.ts'
import { catalogueApi } from './course/catalogue.ts'
import { enrolmentApi } from './course/enrolment.ts'
import { playbackApi } from './course/playback.ts'
import { publishingApi } from './course/publishing.ts'

/** Every route of courses; uploads have their own. */
export const courseApi = {
  ...authoringApi,
  ...catalogueApi,
  ...enrolmentApi,
  ...publishingApi,
  ...playbackApi,
}
