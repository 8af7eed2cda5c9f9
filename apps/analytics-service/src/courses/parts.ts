import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createAccess, createEditorAccess } from './access.ts'
import { createDirectory } from './directory.ts'
import { createStaffStore } from './staff-store.ts'
import { createCourseStore } from './store.ts'

/** What is known of courses, and who may see their statistics. */
export function createCourseParts({ mongo, courseWaitMs }: { mongo: MongoConnection; courseWaitMs: number }) {
  const courses = createCourseStore(mongo)
  const staff = createStaffStore(mongo)
  const directory = createDirectory({ store: courses, staff, waitMs: courseWaitMs })
  return {
    courses,
    staff,
    directory,
    requireStaff: createAccess({ directory, staff }),
    requireEditor: createEditorAccess({ directory, staff }),
  }
}
