import { authoringApi } from './course/authoring.ts'
import { captionsApi } from './course/captions.ts'
import { catalogueApi } from './course/catalogue.ts'
import { enrolmentApi } from './course/enrolment.ts'
import { packageApi } from './course/package-routes.ts'
import { peopleApi } from './course/people.ts'
import { playbackApi } from './course/playback.ts'
import { publishingApi } from './course/publishing.ts'
import { thumbnailApi } from './course/thumbnails.ts'
import { transferApi } from './course/transfer.ts'

/** Every route of courses; uploads have their own. */
export const courseApi = {
  ...authoringApi,
  ...catalogueApi,
  ...enrolmentApi,
  ...peopleApi,
  ...thumbnailApi,
  ...publishingApi,
  ...playbackApi,
  ...captionsApi,
  ...transferApi,
  ...packageApi,
}
