import { courseApi } from '@aetherlearn/contracts/course'
import type { Server } from '@aetherlearn/service-kit/server'
import type { EditingStore } from './store.ts'

export function editingRoutes(app: Server, { editing }: { editing: EditingStore }) {
  app.route({
    ...courseApi.createCourse,
    handler: async ({ caller, body }, reply) => reply.code(201).send(await editing.create(caller.id, body)),
  })
  app.route({
    ...courseApi.changeCourse,
    handler: ({ caller, params, body }) => editing.change(params.courseId, caller, body),
  })
  sectionRoutes(app, editing)
  lectureRoutes(app, editing)
}

function sectionRoutes(app: Server, editing: EditingStore) {
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
    handler: ({ caller, params, body: { position, revision } }) =>
      editing.moveSection(params.sectionId, { caller, revision }, position),
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
