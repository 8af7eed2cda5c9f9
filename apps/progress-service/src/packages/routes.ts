import type { PackageItem } from '@aetherlearn/contracts/course/packages'
import { packagesApi, type PackageCommit, type PackageState } from '@aetherlearn/contracts/progress/packages'
import type { Erasure } from '@aetherlearn/service-kit/erasure'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { ActivityStore } from '../activity/store.ts'
import type { Completion } from '../completion/completion.ts'
import type { Directory } from '../courses/directory.ts'
import type { PackageStore } from '../courses/packages-store.ts'
import { beginning, entryOf, resultOf, totalOf, type Item, type Kept } from './rules.ts'
import type { Read, StateKey, StateStore } from './store.ts'
import { faultsOf, isScorm } from './values.ts'

export type PackageDeps = {
  directory: Pick<Directory, 'requireLecture'>
  packages: Pick<PackageStore, 'read'>
  packageStates: StateStore
  completion: Pick<Completion, 'reportResult'>
  activity: Pick<ActivityStore, 'mark'>
  erasure: Pick<Erasure, 'assertPresent'>
  now: () => number
}
type Place = { courseId: string; lectureId: string }

export async function packageRoutes(app: Server, deps: PackageDeps) {
  const { packageStates, erasure, now } = deps

  app.route({
    ...packagesApi.openPackageItem,
    handler: async ({ caller: { id: userId }, params, body: { itemId }, traceId }) => {
      const { key, item, reports } = await itemOf(deps, { userId, itemId, ...params })
      const at = new Date(now())
      const { id: sessionId, kept, ticket } = await packageStates.open(key, at)
      // What says nothing is done with when it was opened.
      if (!reports) await deps.completion.reportResult(key, { completed: true, at }, traceId)
      const state = { ...stateOf(item, key, { kept, updatedAt: at }), ...beginning(item, kept) }
      return { sessionId, ticket, state }
    },
  })

  app.route({
    ...packagesApi.getPackageState,
    handler: async ({ caller: { id: userId }, params, query: { itemId } }) => {
      const { key, item } = await itemOf(deps, { userId, itemId, ...params })
      return stateOf(item, key, await packageStates.read(key))
    },
  })

  app.route({
    ...packagesApi.putPackageState,
    handler: async ({ caller: { id: userId }, params, body: { itemId, ...body }, traceId }) => {
      const known = await itemOf(deps, { userId, itemId, ...params })
      return keepSaid(deps, known, body, traceId)
    },
  })

  app.route({
    ...packagesApi.leavePackageItem,
    handler: async ({ body: { ticket, ...body }, traceId }) => {
      const bearer = await packageStates.keyOf(ticket, now())
      if (bearer === undefined || bearer.sessionId !== body.sessionId) throw fail('LINK_INVALID')
      await erasure.assertPresent(bearer.userId)
      const known = await itemOf(deps, bearer)
      // Another package is there by now.
      if (known.key.packageId !== bearer.packageId) throw fail('LINK_INVALID')
      await keepSaid(deps, known, body, traceId)
      return { message: 'kept' }
    },
  })
}

type KnownItem = { key: StateKey; item: Item }
async function keepSaid(deps: PackageDeps, { key, item }: KnownItem, body: PackageCommit, traceId: string) {
  const errors = faultsOf(item.standard, body.cmi)
  if (errors.length > 0) throw fail('INVALID_INPUT', { errors })
  const at = new Date(deps.now())
  const said = { ...body, finished: body.finished ?? false, at: at.getTime() }
  const { kind, ...read } = await deps.packageStates.commit(key, item, said)
  if (kind === 'over') throw fail('PACKAGE_SESSION_OVER')
  // Also of what we had: who sends it again may have had no answer because we died right here.
  const result = resultOf(item, read.kept)
  if (result !== undefined) await deps.completion.reportResult(key, { ...result, at }, traceId)
  const { courseId, lectureId } = key
  await deps.activity.mark(key.userId, at, { courseId, lectureId })
  return stateOf(item, key, read)
}

/** Throws where the student is not enrolled, or the lecture is no package of SCORM with such an item. */
async function itemOf(
  deps: PackageDeps,
  { userId, itemId, courseId, lectureId }: Place & { userId: string; itemId: string },
) {
  await deps.directory.requireLecture(userId, courseId, lectureId, 'params')
  const known = await deps.packages.read(courseId, lectureId)
  if (known === undefined || !isScorm(known.standard)) throw fail('NO_PACKAGE')
  const found = known.items.find((one: PackageItem) => one.itemId === itemId)
  if (found === undefined) throw fail('ITEM_NOT_FOUND')
  const item: Item = { standard: known.standard, masteryScore: found.masteryScore }
  const key: StateKey = { userId, courseId, lectureId, packageId: known.packageId, itemId }
  return { key, item, reports: found.reports }
}

const stateOf = (item: Item, { itemId }: StateKey, { kept, updatedAt }: Read): PackageState => ({
  itemId,
  entry: entryOf(item, kept),
  cmi: kept.cmi,
  totalSeconds: totalOf(kept),
  ...ever(kept),
  sessions: kept.opened,
  updatedAt: updatedAt?.toISOString() ?? null,
})

const ever = ({ completed, passed, score }: Kept) => ({
  completed,
  passed,
  ...(score !== null && { score }),
})
