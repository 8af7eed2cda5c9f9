import { courseApi } from '@aetherlearn/contracts/course'
import { sendReady, written } from '@aetherlearn/service-kit/ready-answer'
import type { Server } from '@aetherlearn/service-kit/server'
import type { Catalogue } from './catalogue.ts'
import { cursorOf, placeOf } from './paging.ts'

/** Answers are kept as the bytes that go out, written once by the route's own contract. */
export function catalogueRoutes(app: Server, catalogue: Catalogue) {
  app.route({
    ...courseApi.listPublished,
    handler: (request, reply) => {
      const held = catalogue.heldList(request.query)
      if (held !== undefined) return sendReady(request, reply, held)
      return catalogue
        .list(request.query, (courses) => written(reply, courses))
        .then((answer) => sendReady(request, reply, answer))
    },
  })
  app.route({
    ...courseApi.getPublished,
    handler: (request, reply) => {
      const { courseId } = request.params
      const held = catalogue.heldCourse(courseId)
      if (held !== undefined) return sendReady(request, reply, held)
      return catalogue
        .course(courseId, (course) => written(reply, course))
        .then((answer) => sendReady(request, reply, answer))
    },
  })
  app.route({
    ...courseApi.searchCourses,
    handler: async (request, reply) => {
      const {
        cursor,
        sort = request.query.q === undefined ? 'newest' : 'relevance',
        ...asked
      } = request.query
      const question = { ...asked, sort, from: placeOf(sort, cursor) }
      const answer = await catalogue.search(question, ({ last, ...found }) =>
        written(reply, { ...found, ...(last === undefined ? {} : { nextCursor: cursorOf(sort, last) }) }),
      )
      return sendReady(request, reply, answer)
    },
  })
}
