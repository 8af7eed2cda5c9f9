import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  UploadPartCommand,
  paginateListParts,
  type Part as S3Part,
  type S3Client,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Readable } from 'node:stream'
import { fail } from '../errors.ts'
import { assertTiles } from './disk-parts.ts'
import { sendExactly } from './exact-body.ts'
import { assertObjectKey } from './keys.ts'
import type { DirectParts, ObjectHead, ObjectStore, PartsRef, StoredPart } from './store.ts'

type Clients = {
  client: S3Client
  /** Signs for the address at which clients reach the store; sends nothing. */
  signer: S3Client
  bucket: string
  head: (key: string) => Promise<ObjectHead | undefined>
}
type S3Parts = Pick<
  ObjectStore,
  'createParts' | 'putPart' | 'completeParts' | 'abortParts' | 'sweepParts'
> & { direct: DirectParts }

/** Parts of an S3 multipart upload: the part with index 0 is part number 1. */
export function createS3Parts({ client, signer, bucket: Bucket, head }: Clients): S3Parts {
  const of = ({ key, partsId }: PartsRef) => {
    assertObjectKey(key)
    return { Bucket, Key: key, UploadId: partsId }
  }

  return {
    createParts: async (key) => {
      assertObjectKey(key)
      const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: key }))
      if (UploadId === undefined) throw new Error('The S3 server gave no upload id')
      return { key, partsId: UploadId }
    },

    putPart: async (ref, part, body, { signal } = {}) => {
      const target = { ...of(ref), PartNumber: part.index + 1, ContentLength: part.sizeBytes }
      const send = (Body: Readable, abortSignal: AbortSignal) =>
        client.send(new UploadPartCommand({ ...target, Body }), { abortSignal })
      const { ETag } = await sendExactly(part, body, signal, send).catch(endedIsNotOpen)
      return { etag: bare(ETag) }
    },

    completeParts: async (ref, parts, sizeBytes) => {
      assertTiles(parts, sizeBytes)
      const Parts = parts
        .toSorted((a, b) => a.index - b.index)
        .map(({ index, etag }) => ({ PartNumber: index + 1, ETag: `"${etag}"` }))
      const target = { ...of(ref), MultipartUpload: { Parts } }
      await client.send(new CompleteMultipartUploadCommand(target)).catch(async (error: unknown) => {
        // A part was sent again since it was listed.
        if (isNamed(error, 'InvalidPart')) throw fail('UPLOAD_INCOMPLETE', { cause: error })
        // A former try came this far and did not live to say so.
        if (isNoUpload(error) && (await head(ref.key))?.sizeBytes === sizeBytes) return
        throw error
      })
    },

    abortParts: (ref) => abort(client, of(ref)),

    sweepParts: async (olderThan, isKept) => {
      let removed = 0
      for await (const { Key, UploadId, Initiated } of openUploads(client, Bucket)) {
        if (Key === undefined || UploadId === undefined || Initiated === undefined) continue
        if (Initiated >= olderThan || (await isKept(UploadId))) continue
        await abort(client, { Bucket, Key, UploadId })
        removed += 1
      }
      return removed
    },

    direct: {
      presignPart: async (ref, { index, sizeBytes }, expiresSeconds) => {
        const target = { ...of(ref), PartNumber: index + 1, ContentLength: sizeBytes }
        // The length is signed with the rest: without it a part could be as long as S3 allows, 5 GiB.
        const url = await getSignedUrl(signer, new UploadPartCommand(target), { expiresIn: expiresSeconds })
        return { url, headers: { 'content-length': String(sizeBytes) } }
      },

      listParts: async (ref) => {
        const found: S3Part[] = []
        try {
          for await (const { Parts = [] } of paginateListParts({ client }, of(ref))) found.push(...Parts)
        } catch (error) {
          return endedIsNotOpen(error)
        }
        return newestOf(found)
      },
    },
  }
}

const bare = (etag: string | undefined) => {
  if (etag === undefined) throw new Error('The S3 server gave no tag of a part')
  return etag.replaceAll('"', '')
}

const isNamed = (error: unknown, name: string) => error instanceof Error && error.name === name
const isNoUpload = (error: unknown) => isNamed(error, 'NoSuchUpload')

/**
 * Some servers (SeaweedFS) list what was sent for a part before as well, and tell times to the second. A part that came
 * twice within one, with different bytes, is left out: it has to be sent again, as nobody can tell which is the newest.
 */
function newestOf(found: S3Part[]): StoredPart[] {
  const newest = new Map<number, { part: StoredPart; time: number; isSure: boolean }>()
  for (const { PartNumber, Size, ETag, LastModified } of found) {
    if (PartNumber === undefined || Size === undefined) continue
    const part = { index: PartNumber - 1, sizeBytes: Size, etag: bare(ETag) }
    const time = LastModified?.getTime() ?? 0
    const known = newest.get(part.index)
    if (known !== undefined && known.time > time) continue
    const isSure = known === undefined || known.time < time || (known.isSure && known.part.etag === part.etag)
    newest.set(part.index, { part, time, isSure })
  }
  return [...newest.values()].flatMap(({ part, isSure }) => (isSure ? [part] : []))
}

function endedIsNotOpen(error: unknown): never {
  throw isNoUpload(error) ? fail('UPLOAD_NOT_OPEN', { cause: error }) : error
}

async function abort(client: S3Client, upload: { Bucket: string; Key: string; UploadId: string }) {
  await client.send(new AbortMultipartUploadCommand(upload)).catch((error: unknown) => {
    if (!isNoUpload(error)) throw error
  })
}

/** Every upload in parts that is under way in the bucket. */
async function* openUploads(client: S3Client, Bucket: string) {
  let after = {}
  for (;;) {
    const page = await client.send(new ListMultipartUploadsCommand({ Bucket, ...after }))
    yield* page.Uploads ?? []
    if (page.IsTruncated !== true) return
    after = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
  }
}
