import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Readable } from 'node:stream'
import { fail } from '../errors.ts'
import { assertTiles, partTag } from './disk-parts.ts'
import { sendExactly } from './exact-body.ts'
import { assertObjectKey } from './keys.ts'
import type { ObjectHead, ObjectStore } from './store.ts'

export type S3Options = {
  endpoint: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
}

const CONNECT_TIMEOUT_MS = 2000
/** A connection on which nothing moves for so long is given up. */
const IDLE_TIMEOUT_MS = 60_000
const CHECK_TIMEOUT_MS = 2000
/** Players that read slowly hold a connection each. */
const MAX_CONNECTIONS = 500

/** Objects in a bucket of an S3 server; `check` makes the bucket where it is missing. */
export function createS3Store(options: S3Options): ObjectStore & { close(): void } {
  const client = openClient(options)
  const Bucket = options.bucket
  const at = (key: string) => {
    assertObjectKey(key)
    return { Bucket, Key: key }
  }
  const headOf = (key: string) => readHead(client, at(key))

  return {
    put: async (key, body) => {
      const target = at(key)
      if (!(body instanceof Readable)) {
        await client.send(new PutObjectCommand({ ...target, Body: body }))
        return
      }
      await new Upload({ client, params: { ...target, Body: body } }).done()
    },

    read: async (key, range) => {
      const bytes = range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }
      const { Body } = await client.send(new GetObjectCommand({ ...at(key), ...bytes })).catch(absentIsMedia)
      if (Body instanceof Readable) return Body
      throw new Error('The S3 client gave no Node stream')
    },

    head: headOf,

    remove: async (key) => void (await client.send(new DeleteObjectCommand(at(key)))),

    removeFolder: async (folder) => {
      assertObjectKey(folder)
      const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: `${folder}/` })
      for await (const { Contents = [] } of pages) await removeAll(client, Bucket, Contents)
    },

    createParts: async (key) => {
      const { UploadId } = await client.send(new CreateMultipartUploadCommand(at(key)))
      if (UploadId === undefined) throw new Error('The S3 server gave no upload id')
      return { key, partsId: UploadId }
    },

    putPart: async (ref, part, body, signal) => {
      const target = { ...at(ref.key), UploadId: ref.partsId, PartNumber: part.index + 1 }
      const { ETag } = await sendExactly(part, body, signal, (Body, abortSignal) =>
        client.send(new UploadPartCommand({ ...target, Body, ContentLength: part.sizeBytes }), {
          abortSignal,
        }),
      ).catch((error: unknown) => {
        throw isNamed(error, 'NoSuchUpload') ? fail('UPLOAD_NOT_OPEN', { cause: error }) : error
      })
      // With its place, so that `completeParts` sees gaps without asking for a list.
      return { etag: `${partTag(part)}-${ETag?.replaceAll('"', '')}` }
    },

    completeParts: async (ref, parts, sizeBytes) => {
      assertTiles(parts, sizeBytes)
      const Parts = parts
        .toSorted((a, b) => a.index - b.index)
        .map(({ index, etag }) => ({
          PartNumber: index + 1,
          ETag: `"${etag.split('-').slice(2).join('-')}"`,
        }))
      const target = { ...at(ref.key), UploadId: ref.partsId, MultipartUpload: { Parts } }
      await client.send(new CompleteMultipartUploadCommand(target)).catch(async (error: unknown) => {
        // A former try came this far and did not live to say so.
        if (isNamed(error, 'NoSuchUpload') && (await headOf(ref.key))?.sizeBytes === sizeBytes) return
        throw error
      })
    },

    abortParts: async (ref) => {
      await client
        .send(new AbortMultipartUploadCommand({ ...at(ref.key), UploadId: ref.partsId }))
        .catch((error: unknown) => {
          if (!isNamed(error, 'NoSuchUpload')) throw error
        })
    },

    check: () => assertBucket(client, Bucket),

    close: () => client.destroy(),
  }
}

const silent = () => {}

const openClient = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Options) =>
  new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    // Servers other than AWS know no trailing checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // What goes wrong is thrown; without this the client writes to the console as well.
    logger: { trace: silent, debug: silent, info: silent, warn: silent, error: silent },
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      socketTimeout: IDLE_TIMEOUT_MS,
      httpAgent: { maxSockets: MAX_CONNECTIONS },
      httpsAgent: { maxSockets: MAX_CONNECTIONS },
    },
  })

const isNamed = (error: unknown, ...names: string[]) => error instanceof Error && names.includes(error.name)

function absentIsMedia(error: unknown): never {
  throw isNamed(error, 'NoSuchKey', 'NotFound') ? fail('MEDIA_NOT_FOUND', { cause: error }) : error
}

async function readHead(client: S3Client, target: { Bucket: string; Key: string }) {
  const found = await client.send(new HeadObjectCommand(target)).catch((error: unknown) => {
    if (isNamed(error, 'NotFound', 'NoSuchKey')) return undefined
    throw error
  })
  if (found === undefined) return undefined
  const { ContentLength, ETag, LastModified } = found
  if (ContentLength === undefined || ETag === undefined || LastModified === undefined) {
    throw new Error('The S3 server left out the size, tag or time of an object')
  }
  return { sizeBytes: ContentLength, etag: ETag, modifiedAt: LastModified } satisfies ObjectHead
}

async function removeAll(client: S3Client, Bucket: string, found: { Key?: string | undefined }[]) {
  const Objects = found.flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]))
  if (Objects.length === 0) return
  const { Errors = [] } = await client.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
  )
  const [first] = Errors
  if (first !== undefined) throw new Error(`${first.Key} could not be removed: ${first.Code}`)
}

async function assertBucket(client: S3Client, Bucket: string) {
  const abortSignal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const missing = await client.send(new HeadBucketCommand({ Bucket }), { abortSignal }).then(
    () => false,
    (error: unknown) => {
      if (isNamed(error, 'NotFound', 'NoSuchBucket')) return true
      throw error
    },
  )
  if (!missing) return
  await client.send(new CreateBucketCommand({ Bucket })).catch((error: unknown) => {
    // Another process was first.
    if (!isNamed(error, 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists')) throw error
  })
}
