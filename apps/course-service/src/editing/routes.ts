import { courseApi } from '@aetherlearn/contracts/course'
import type { Server } from '@aetherlearn/service-kit/server'
import type { WithPicture } from '../thumbnails/links.ts'
import type { EditingStore } from './store.ts'

type Deps = { editing: EditingStore; withPicture: WithPicture }

export function editingRoutes(app: Server, { editing, withPicture }: Deps) {
  app.route({
    ...courseApi.createCourse,
    handler: async ({ caller, body }, reply) => reply.code(201).send(await editing.create(caller.id, body)),
  })
  app.route({
    ...courseApi.changeCourse,
    handler: async ({ caller, params, body }) =>
      withPicture(await editing.change(params.courseId, caller, body), caller),
  })
  sectionRoutes(app, { editing, withPicture })
  lectureRoutes(app, editing)
}

function sectionRoutes(app: Server, { editing, withPicture }: Deps) {
  app.route({
    ...courseApi.addSection,
    handler: async ({ caller, params, body }, reply) =>
      reply.code(201).send(await editing.addSection(params.courseId, caller, body.sectionTitle)),
  })
  app.route({
    ...courseApi.changeSection,
    handler: ({ caller, params, body: { sectionTitle, revision } }) =>
      editing.renameSection(params.sectionId, { caller, revision }, sectionTitle),
  })
  app.route({
    ...courseApi.moveSection,
    handler: async ({ caller, params, body: { position, revision } }) =>
      withPicture(await editing.moveSection(params.sectionId, { caller, revision }, position), caller),
  })
  app.route({
    ...courseApi.deleteSection,
    handler: async ({ caller, params, query: { revision } }) => {
      await editing.deleteSection(params.sectionId, { caller, revision })
      return { message: 'deleted' }
    },
  })
}

function lectureRoutes(app: Server, editing: EditingStore) {
  app.route({
    ...courseApi.addLecture,
    handler: async ({ caller, params, body }, reply) =>
      reply.code(201).send(await editing.addLecture(params.sectionId, caller, body.lectureTitle)),
  })
  app.route({
    ...courseApi.changeLecture,
    handler: ({ caller, params, body: { lectureTitle, revision } }) =>
      editing.renameLecture(params.lectureId, { caller, revision }, lectureTitle),
  })
  app.route({
    ...courseApi.moveLecture,
    handler: ({ caller, params, body: { revision, ...to } }) =>
      editing.moveLecture(params.lectureId, { caller, revision }, to),
  })
  app.route({
    ...courseApi.deleteLecture,
    handler: async ({ caller, params, query: { revision } }) => {
      await editing.deleteLecture(params.lectureId, { caller, revision })
      return { message: 'deleted' }
    },
  })
}
