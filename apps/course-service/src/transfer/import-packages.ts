import type { ExportedPackage } from '@aetherlearn/contracts/course/transfer'
import type { TakenPackage } from '../packages/store.ts'
import { unpackPackage } from '../packages/take-in.ts'
import { newId, ofFile, putChecked, type PutDeps } from './import.ts'
import { tooLarge } from './rules.ts'

export type PutPackages = Map<ExportedPackage, TakenPackage>
/** Taken by this import until now. */
type Room = { ownerId: string; uploadId: string; sizeBytes: number }

/** One after the other: each is judged as one that an instructor sends. */
export async function putPackages(deps: PutDeps, room: Room): Promise<PutPackages> {
  const { imports, inspected, signal, packageMaxBytes, usage, uploadLimits } = deps
  const put: PutPackages = new Map()
  const taken = { ...room }
  const takeRoom = async (bytes: number) => {
    taken.sizeBytes += bytes
    await usage.grow({ ...taken }, uploadLimits)
  }
  const sent = inspected.manifest.sections.flatMap(({ lectures }) =>
    lectures.flatMap((lecture) => lecture.package ?? []),
  )
  for (const one of sent) {
    signal.throwIfAborted()
    if (one.sizeBytes > packageMaxBytes) throw tooLarge(`holds ${one.file}, which is too large`)
    const packageId = newId()
    await imports.expect(room.uploadId, packageId)
    await putChecked(deps, packageId, one, 'package')
    try {
      put.set(one, await unpackPackage({ ...deps, takeRoom }, { packageId, signal }, one.sizeBytes))
    } catch (error) {
      throw ofFile(one, error)
    }
  }
  return put
}
