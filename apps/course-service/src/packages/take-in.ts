import { randomBytes } from 'node:crypto'
import { Readable, addAbortSignal } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { Lecture } from '@aetherlearn/contracts/course/shapes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'
import type { AssetStore } from '../assets/store.ts'
import type { Caller } from '../courses/rules.ts'
import { openArchive } from '../transfer/archive.ts'
import { rawKeyOf, tooLarge } from '../transfer/rules.ts'
import { exactly } from '../uploads/exactly.ts'
import type { UploadLimits, UsageStore } from '../uploads/usage-store.ts'
import { MAX_MANIFEST_BYTES, manifestIn, readManifest } from './manifest.ts'
import { packageFolderOf } from './paths.ts'
import type { PackageStore, TakenPackage } from './store.ts'
import { filesIn, unpackAll } from './unpack.ts'

/** As long as an upload may take; what it leaves in a crash is looked for much later. */
const LIMIT_MS = 15 * 60_000
const ABANDONED_MS = 4 * LIMIT_MS
/** Text and vector graphics pack well; what is below this is no bomb. */
const UNPACKED_TIMES = 4

export type TakeInDeps = {
  packages: PackageStore
  assets: AssetStore
  usage: UsageStore
  objects: ObjectStore
  uploadLimits: UploadLimits
  packageMaxBytes: number
  grantSeconds: number
}
type Incoming = {
  lectureId: string
  caller: Caller
  body: Readable
  sizeBytes: number
  /** Nobody waits for the answer any more. */
  signal: AbortSignal
}
type Place = { packageId: string; lectureId: string; ownerId: string; signal: AbortSignal }

const newId = () => randomBytes(12).toString('hex')

/** Takes a package in whole, judges and unpacks it, and only then gives it to its lecture. */
export async function takeIn(deps: TakeInDeps, incoming: Incoming): Promise<Lecture> {
  const { lectureId, caller, body, sizeBytes } = incoming
  await deps.packages.assertMay(lectureId, caller)
  if (sizeBytes > deps.packageMaxBytes) throw fail('TOO_LARGE')
  const signal = AbortSignal.any([incoming.signal, AbortSignal.timeout(LIMIT_MS)])
  const place = { packageId: newId(), lectureId, ownerId: caller.id, signal }
  return inPlace(deps, place, sizeBytes, async () => {
    const bytes = addAbortSignal(signal, Readable.from(exactly(body, sizeBytes), { objectMode: false }))
    await deps.objects.put(rawKeyOf(place.packageId), bytes)
    const room = { ownerId: place.ownerId, uploadId: place.packageId }
    const takeRoom = (bytes: number) =>
      deps.usage.grow({ ...room, sizeBytes: sizeBytes + bytes }, deps.uploadLimits)
    const taken = await unpackPackage({ ...deps, takeRoom }, place, sizeBytes)
    signal.throwIfAborted()
    return deps.packages.give({ lectureId, caller, graceSeconds: deps.grantSeconds }, taken)
  })
}

/** Room is taken first, and whatever fails leaves nothing: the row says what is to be taken away. */
async function inPlace<T>(deps: TakeInDeps, place: Place, sizeBytes: number, work: () => Promise<T>) {
  const { usage, assets, uploadLimits } = deps
  const { packageId: uploadId, lectureId, ownerId, signal } = place
  await usage.reserve({ ownerId, uploadId, sizeBytes }, uploadLimits)
  try {
    const asset = { uploadId, lectureId, ownerId, sizeBytes: 0, rawKey: rawKeyOf(uploadId) }
    await assets.beginPackage(asset, new Date(Date.now() + ABANDONED_MS))
    return await work()
  } catch (error) {
    await assets.giveUpPackage(uploadId)
    await usage.drop({ ownerId, uploadId })
    throw signal.aborted ? fail('TOO_SLOW', { cause: error }) : error
  }
}

type UnpackDeps = Pick<TakeInDeps, 'objects' | 'packageMaxBytes'> & {
  /** For so many bytes beside the zip file; throws QUOTA_EXCEEDED. */
  takeRoom: (bytes: number) => Promise<void>
}

/** From the zip file that lies in the store to its files beside it. */
export async function unpackPackage(
  { objects, packageMaxBytes, takeRoom }: UnpackDeps,
  { packageId, signal }: Pick<Place, 'packageId' | 'signal'>,
  zipBytes: number,
): Promise<TakenPackage> {
  const source = { objects, key: rawKeyOf(packageId), sizeBytes: zipBytes, strictNames: false }
  const open = await openArchive(source)
  const { files, unpackedBytes } = await filesIn(open, UNPACKED_TIMES * packageMaxBytes)
  const paths = new Set(files.keys())
  const name = manifestIn(paths)
  const file = files.get(name)
  if (file === undefined || file.uncompressedSize > MAX_MANIFEST_BYTES) {
    throw tooLarge(`has a ${name} that is too large`)
  }
  const manifest = readManifest(name, await buffer(open.read(file)), paths)
  await takeRoom(unpackedBytes)
  const folder = packageFolderOf(packageId)
  await unpackAll({ open, files, objects, folder, signal })
  const held = { folder, ...manifest }
  const sizeBytes = zipBytes + unpackedBytes
  return { packageId, held, fileCount: files.size, filesBytes: unpackedBytes, sizeBytes }
}
