import { transferApi } from '@aetherlearn/contracts/course/transfer'
import type { Server } from '@aetherlearn/service-kit/server'
import type { TransferStore } from './store.ts'

export type TransferDeps = { transfers: TransferStore }

export function transferRoutes(app: Server, { transfers }: TransferDeps) {
  app.route({
    ...transferApi.duplicateCourse,
    handler: async ({ caller, params, body }, reply) =>
      reply.code(201).send(await transfers.duplicate(params.courseId, caller, body.title)),
  })
}
