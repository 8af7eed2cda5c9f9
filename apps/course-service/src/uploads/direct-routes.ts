import { uploadApi } from '@aetherlearn/contracts/upload'
import type { Caller } from '@aetherlearn/service-kit/auth'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { Server } from '@aetherlearn/service-kit/server'
import { presignParts } from './direct.ts'
import type { UploadRow, UploadStore } from './store.ts'

export type DirectDeps = {
  uploads: UploadStore
  objects: ObjectStore
  /** Throws UPLOAD_NOT_FOUND for anybody else's. */
  find: (uploadId: string, caller: Caller) => Promise<UploadRow>
}

export function directRoutes(app: Server, deps: DirectDeps) {
  app.route({
    ...uploadApi.presignParts,
    handler: async ({ caller, params, body }) => {
      const upload = await deps.find(params.uploadId, caller)
      return { parts: await presignParts(deps, upload, body.partNumbers) }
    },
  })
}
