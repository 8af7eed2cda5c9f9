import { errors, type ErrorCode, type FieldError, type Problem } from '@aetherlearn/contracts/errors'

export type FailOptions = {
  /** A sentence for the client that says more than the code's title. */
  detail?: string
  /** The fields at fault. */
  errors?: FieldError[]
  /** Of what was edited meanwhile (STALE_EDIT). */
  currentRevision?: number
  /** For our log only. */
  internal?: string
  cause?: unknown
  /** Sent as the Retry-After header. */
  retryAfterSeconds?: number
}

/** An expected failure, answered as a problem document with the status of its code. */
export class Failure extends Error {
  readonly code: ErrorCode
  readonly options: FailOptions
  constructor(code: ErrorCode, options: FailOptions = {}) {
    super(options.internal ?? options.detail ?? errors[code][1], { cause: options.cause })
    this.name = 'Failure'
    this.code = code
    this.options = options
  }
  get status(): number {
    return errors[this.code][0]
  }
}

/** `throw fail('COURSE_NOT_FOUND')`: an error with a stack, for the one error handler of the kit. */
export const fail = (code: ErrorCode, options?: FailOptions) => new Failure(code, options)

export function problemOf(failure: Failure, requestId: string): Problem {
  const [status, title] = errors[failure.code]
  const { detail, errors: fields, currentRevision } = failure.options
  return {
    type: `https://aetherlearn.org/problems/${failure.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code: failure.code,
    ...(detail === undefined ? {} : { detail }),
    requestId,
    ...(fields === undefined ? {} : { errors: fields }),
    ...(currentRevision === undefined ? {} : { currentRevision }),
  }
}

const UNAVAILABLE_NAMES = new Set([
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoOperationTimeoutError',
  'MongoPoolClearedError',
  'MongoWaitQueueTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongooseServerSelectionError',
  'MaxRetriesPerRequestError',
  // What S3 servers, their client and `AbortSignal.timeout` say.
  'SlowDown',
  'ServiceUnavailable',
  'RequestTimeout',
  'TimeoutError',
])
const UNAVAILABLE_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'FST_ERR_HANDLER_TIMEOUT',
])
/** What ioredis says, in plain `Error`s, of a server that is gone, frozen, loading its data or a replica. */
const UNAVAILABLE_REDIS =
  /^(Connection is closed|Stream isn't writeable|Command timed out|LOADING |READONLY |MASTERDOWN )/
const FULL_CODES = new Set(['ENOSPC', 'EDQUOT'])

const codeOf = (error: Error): unknown => ('code' in error ? error.code : undefined)

/** What an error thrown anywhere means to the client; undefined where it is our own fault. */
export function failureOf(error: unknown): Failure | undefined {
  if (error instanceof Failure) return error
  if (!(error instanceof Error)) return undefined
  const code = codeOf(error)
  if (typeof code === 'string' && FULL_CODES.has(code)) return fail('STORAGE_FULL', { cause: error })
  const gone =
    UNAVAILABLE_NAMES.has(error.name) ||
    (typeof code === 'string' && UNAVAILABLE_CODES.has(code)) ||
    UNAVAILABLE_REDIS.test(error.message)
  if (gone) return fail('UNAVAILABLE', { cause: error, internal: error.message, retryAfterSeconds: 2 })
  return failureOfFramework(error)
}

/** Fastify's and @fastify/multipart's own errors carry a status and a code. */
function failureOfFramework(error: Error): Failure | undefined {
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (status === 413) return fail('TOO_LARGE', { cause: error })
  if (status === 415 || status === 406) return fail('UNSUPPORTED_MEDIA', { cause: error })
  if (status === 429) return fail('RATE_LIMITED', { cause: error })
  if (status === 503) return fail('UNAVAILABLE', { cause: error, retryAfterSeconds: 2 })
  if (status === 400) {
    return fail('INVALID_INPUT', { cause: error, errors: [{ field: 'body', message: error.message }] })
  }
  return undefined
}
