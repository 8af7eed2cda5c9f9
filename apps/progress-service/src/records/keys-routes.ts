import { randomBytes } from 'node:crypto'
import { recordKeysApi } from '@aetherlearn/contracts/progress/records'
import type { Caller } from '@aetherlearn/service-kit/auth'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { Directory } from '../courses/directory.ts'
import type { StaffStore } from '../courses/staff-store.ts'
import { hashOf } from './access.ts'
import type { KeyStore } from './keys-store.ts'

export type KeyDeps = {
  keys: KeyStore
  staff: Pick<StaffStore, 'edits'>
  directory: Pick<Directory, 'course'>
  now: () => number
}

const SECRET_BYTES = 32

export async function keyRoutes(app: Server, { keys, staff, directory, now }: KeyDeps) {
  const requireEditor = async ({ id, role }: Caller, courseId: string) => {
    if (role !== 'admin' && !(await staff.edits(courseId, id))) throw fail('FORBIDDEN')
    if ((await directory.course(courseId)) === undefined) throw fail('COURSE_NOT_FOUND')
  }

  app.route({
    ...recordKeysApi.listRecordKeys,
    handler: async ({ caller, params: { courseId } }) => {
      await requireEditor(caller, courseId)
      return keys.list(courseId)
    },
  })

  app.route({
    ...recordKeysApi.addRecordKey,
    handler: async ({ caller, params: { courseId }, body: { name } }, reply) => {
      await requireEditor(caller, courseId)
      const secret = randomBytes(SECRET_BYTES).toString('base64url')
      const made = { courseId, name, createdBy: caller.id, at: new Date(now()), secretHash: hashOf(secret) }
      const key = await keys.add(made)
      return reply.code(201).send({ ...key, username: `key-${key.keyId}`, secret })
    },
  })

  app.route({
    ...recordKeysApi.removeRecordKey,
    handler: async ({ caller, params: { courseId, keyId } }) => {
      await requireEditor(caller, courseId)
      if (!(await keys.remove(courseId, keyId))) throw fail('RECORD_KEY_NOT_FOUND')
      return { message: 'revoked' }
    },
  })
}
