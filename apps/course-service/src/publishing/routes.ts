import { courseApi } from '@aetherlearn/contracts/course'
import { courseReviewed } from '@aetherlearn/contracts/course/publishing'
import type { CourseStatus } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Server } from '@aetherlearn/service-kit/server'
import { toCourse, type CourseRow } from '../courses/rows.ts'
import { isKnown, may, type Caller } from '../courses/rules.ts'
import type { CourseStore } from '../courses/store.ts'
import type { WithPicture } from '../thumbnails/links.ts'
import { createChanges, type Order } from './changes.ts'
import { diffOf, nothing, sideOf } from './diff.ts'
import { freeze } from './rules.ts'
import { readDraft, type SnapshotStore } from './store.ts'
import { createSchedule, momentOf } from './schedule.ts'
import type { PublishingDeps } from './publisher.ts'

type Deps = {
  publishing: Omit<PublishingDeps, 'reviewRequired'>
  reviewRequired: boolean
  courses: CourseStore
  snapshots: SnapshotStore
  live: Live
  withPicture: WithPicture
}
type Request = { params: { courseId: string }; caller: Caller; traceId: string }

const orderOf = ({ params, caller, traceId }: Request, revision?: number): Order => ({
  courseId: params.courseId,
  caller,
  traceId,
  revision,
})

export function publishingRoutes(app: Server, deps: Deps) {
  const { live, withPicture } = deps
  const publishing = { ...deps.publishing, reviewRequired: deps.reviewRequired }
  const changes = createChanges(publishing)
  /** The creator hears what became of a course that waited for a review. */
  const tellCreator = async (before: CourseRow, status: CourseStatus, { id }: Caller, message: string) => {
    const creator = String(before.creator)
    if (before.status !== 'in-review' || creator === id) return
    await live.toUser(creator, courseReviewed, { courseId: String(before._id), status })
    await live.notify(creator, courseReviewed, message)
  }
  app.route({
    ...courseApi.publish,
    handler: async (request) => {
      const { note, revision } = request.body
      const { course, before, status } = await changes.publish(orderOf(request, revision), note)
      await tellCreator(before, status, request.caller, `“${course.title}” was approved and published.`)
      return course
    },
  })
  app.route({
    ...courseApi.unpublish,
    handler: async (request) => {
      const { after } = await changes.move(orderOf(request), 'draft')
      return withPicture(toCourse(after), request.caller)
    },
  })
  app.route({
    ...courseApi.changeStatus,
    handler: async (request) => {
      const { status, reason, revision } = request.body
      const { before, after } = await changes.move(orderOf(request, revision), status, reason)
      const why = reason === undefined ? '' : ` ${reason}`
      await tellCreator(before, after.status, request.caller, `“${after.title}” was sent back.${why}`)
      return withPicture(toCourse(after), request.caller)
    },
  })
  app.route({
    ...courseApi.rollback,
    handler: async (request) => {
      const { version, note, revision } = request.body
      return (await changes.rollback(orderOf(request, revision), version, note)).course
    },
  })
  scheduleRoutes(app, publishing)
  historyRoutes(app, deps)
}

function scheduleRoutes(app: Server, publishing: PublishingDeps) {
  const schedule = createSchedule(publishing)
  app.route({
    ...courseApi.schedule,
    handler: async (request) => {
      const { publishAt, revision } = request.body
      const moment = momentOf(publishAt, new Date())
      await schedule.set(orderOf(request, revision), moment)
      return { courseId: request.params.courseId, publishAt: moment.toISOString() }
    },
  })
  app.route({
    ...courseApi.unschedule,
    handler: async (request) => {
      await schedule.clear(orderOf(request))
      return { message: 'not scheduled' }
    },
  })
}

function historyRoutes(app: Server, { courses, snapshots, publishing }: Deps) {
  /** Drafts are private, and so is what was published once. */
  const courseFor = async (courseId: string, caller: Caller) => {
    const course = await courses.findCourse(courseId)
    if (course === null) throw fail('COURSE_NOT_FOUND')
    if (may(course, caller, 'see')) return course
    throw fail(isKnown(course) ? 'FORBIDDEN' : 'COURSE_NOT_FOUND')
  }
  app.route({ ...courseApi.listReviews, handler: () => snapshots.inReview() })
  app.route({
    ...courseApi.listVersions,
    handler: async ({ params: { courseId }, caller }) => {
      await courseFor(courseId, caller)
      return snapshots.versions(courseId)
    },
  })
  app.route({
    ...courseApi.getVersion,
    handler: async ({ params: { courseId, version }, caller }) => {
      await courseFor(courseId, caller)
      return (await snapshots.find(courseId, version)).course
    },
  })
  app.route({
    ...courseApi.getDiff,
    handler: async ({ params: { courseId }, query, caller }) => {
      const course = await courseFor(courseId, caller)
      const { from = course.publishedVersion ?? 0, to } = query
      const side = async (version: number) => sideOf(await snapshots.find(courseId, version))
      const draft = async () =>
        sideOf(freeze(course, await readDraft(publishing.models, course), 0, new Date(0)))
      const [before, after] = [
        from === 0 ? nothing : await side(from),
        await (to === undefined ? draft() : side(to)),
      ]
      return { from, ...(to === undefined ? {} : { to }), ...diffOf(before, after) }
    },
  })
}
