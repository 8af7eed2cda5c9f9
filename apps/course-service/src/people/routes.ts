import { courseApi } from '@aetherlearn/contracts/course'
import type { Server } from '@aetherlearn/service-kit/server'
import { assertOneName } from './rules.ts'
import type { PeopleStore } from './store.ts'

export function peopleRoutes(app: Server, { people }: { people: PeopleStore }) {
  app.route({
    ...courseApi.listPeople,
    handler: ({ caller, params }) => people.list(params.courseId, caller),
  })
  app.route({
    ...courseApi.putPerson,
    handler: ({ caller, params, body, traceId }) => {
      assertOneName(body)
      return people.put(params.courseId, caller, body, traceId)
    },
  })
  app.route({
    ...courseApi.removePerson,
    handler: async ({ caller, params: { courseId, userId }, traceId }) => {
      await people.remove(courseId, caller, userId, traceId)
      return { message: 'removed' }
    },
  })
}
