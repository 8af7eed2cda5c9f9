import type { OpenablePackage } from '@aetherlearn/contracts/course/package-routes'
import { launchApi } from '@aetherlearn/contracts/progress/launch'
import { packagesApi } from '@aetherlearn/contracts/progress/packages'
import { packageApi } from '@aetherlearn/contracts/course/package-routes'
import { createClient } from '@aetherlearn/sdk/client'
import { keepaliveFetch } from '@aetherlearn/sdk/player-reporter'
import { queryOptions } from '@tanstack/react-query'
import { sendKept, type Unsaved } from '../pages/player/package-saver.ts'
import { options } from './clients.ts'

const courses = createClient(packageApi, options)
const states = createClient(packagesApi, options)
/** The last of what a package says is sent while the page goes away. */
const lasting = createClient(packagesApi, { ...options, fetch: keepaliveFetch(options.fetch) })
export const launches = createClient(launchApi, options)

export type OpenableItem = OpenablePackage['items'][number]
type Place = { courseId: string; lectureId: string }

/** Its addresses work for half a day. */
const STALE_MS = 6 * 3600_000
/** Browsers send no more than this while a page goes away. */
const LASTING_BYTES = 60_000

export const packageOf = (lectureId: string) =>
  queryOptions({
    queryKey: ['package', lectureId],
    queryFn: () => courses.getPackage({ params: { lectureId } }),
    staleTime: STALE_MS,
    refetchOnWindowFocus: false,
  })

export const stateOf = (params: Place, itemId: string) =>
  queryOptions({
    queryKey: ['progress', 'package', params.lectureId, itemId],
    queryFn: () => states.getPackageState({ params, query: { itemId } }),
  })

export function putState({ courseId, lectureId, itemId, body }: Unsaved, leaving = false) {
  const isSmall = JSON.stringify(body).length < LASTING_BYTES
  const client = leaving && isSmall ? lasting : states
  return client.putPackageState({ params: { courseId, lectureId }, body: { itemId, ...body } })
}

/** A session of an item of SCORM. What this device could not send yet comes first: the item goes on from it. */
export async function openItem(userId: string, params: Place, itemId: string) {
  await sendKept(userId, localStorage, putState)
  return states.openPackageItem({ params, body: { itemId } })
}
