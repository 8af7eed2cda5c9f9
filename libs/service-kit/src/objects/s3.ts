import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { Readable } from 'node:stream'
import { fail } from '../errors.ts'
import { assertObjectKey } from './keys.ts'
import { assertBucket, ensureLifecycle } from './s3-bucket.ts'
import { createS3Parts } from './s3-parts.ts'
import type { DirectParts, ObjectHead, ObjectStore } from './store.ts'

export type S3Options = {
  endpoint: string
  /** Where clients reach the same server, for what they send to it themselves; left out: `endpoint`. */
  publicEndpoint?: string
  region: string
  bucket: string
  accessKeyId: string
  secretAccessKey: string
}

const CONNECT_TIMEOUT_MS = 2000
/** A connection on which nothing moves for so long is given up. */
const IDLE_TIMEOUT_MS = 60_000
/** Players that read slowly hold a connection each. */
const MAX_CONNECTIONS = 500

export type S3Store = ObjectStore & {
  direct: DirectParts
  /** Whether the server itself ends uploads that everybody forgot. */
  ensureLifecycle(): Promise<boolean>
  close(): void
}

/** Objects in a bucket of an S3 server; `check` makes the bucket where it is missing. */
export function createS3Store(options: S3Options): S3Store {
  const client = openClient(options)
  const signer = openClient({ ...options, endpoint: options.publicEndpoint ?? options.endpoint })
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

    ...createS3Parts({ client, signer, bucket: Bucket, head: headOf }),

    check: () => assertBucket(client, Bucket),

    ensureLifecycle: () => ensureLifecycle(client, Bucket),

    close: () => {
      client.destroy()
      signer.destroy()
    },
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
