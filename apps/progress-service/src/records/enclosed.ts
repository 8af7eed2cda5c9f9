import { createHash, verify, X509Certificate } from 'node:crypto'
import { boundaryOf, partsOf, type Part } from './multipart.ts'
import type { Attachment, Statement } from './statement-parse.ts'
import { parseJson, parseStatement } from './statement-parse.ts'
import { fingerprintOf, isSubStatement } from './statement-rules.ts'
import type { Enclosed } from './store.ts'
import { isObject, refuse } from './values.ts'

const SIGNATURE = 'http://adlnet.gov/expapi/attachments/signature'

/** What a request says, and the files that came with it. */
export type Sent = { said: unknown; files: Enclosed[] }

/** Communication 1.5: statements as JSON, or as the first of several parts of which the others are files. */
export function readSent(contentType: string, body: Buffer): Sent {
  const boundary = boundaryOf(contentType)
  if (boundary === undefined) {
    if (!/^application\/json\s*(;|$)/i.test(contentType))
      throw refuse('content-type', 'must be application/json or multipart/mixed')
    return { said: parseJson(body, 'body'), files: [] }
  }
  const [first, ...others] = partsOf(body, boundary)
  if (first === undefined || !/^application\/json\s*(;|$)/i.test(first.headers['content-type'] ?? ''))
    throw refuse('body.0', 'must be application/json')
  return { said: parseJson(first.bytes, 'body'), files: others.map(fileIn) }
}

function fileIn({ headers, bytes }: Part, at: number): Enclosed {
  const field = `body.${at + 1}`
  const sha2 = headers['x-experience-api-hash']?.toLowerCase()
  if (sha2 === undefined) throw refuse(`${field}.x-experience-api-hash`, 'is required')
  if (headers['content-transfer-encoding']?.toLowerCase() !== 'binary')
    throw refuse(`${field}.content-transfer-encoding`, 'must be binary')
  if (!hashesTo(bytes, sha2)) throw refuse(`${field}.x-experience-api-hash`, 'is not that of the part')
  return {
    sha2,
    contentType: headers['content-type'] ?? 'application/octet-stream',
    bytes: Buffer.from(bytes),
  }
}

const ALGORITHMS = new Map([
  [56, 'sha224'],
  [64, 'sha256'],
  [96, 'sha384'],
  [128, 'sha512'],
])
function hashesTo(bytes: Uint8Array, sha2: string): boolean {
  const algorithm = ALGORITHMS.get(sha2.length)
  return algorithm !== undefined && createHash(algorithm).update(bytes).digest('hex') === sha2
}

const attachmentsOf = (statement: Statement): Attachment[] => [
  ...(statement.attachments ?? []),
  ...(isSubStatement(statement.object) ? (statement.object.attachments ?? []) : []),
]

/** Each statement with the files that are its own; a file of none of them, or a missing one, is refused. */
export function matchFiles(statements: Statement[], files: Enclosed[]) {
  const bySha2 = new Map(files.map((file) => [file.sha2, file]))
  const used = new Set<string>()
  const matched = statements.map((statement, at) => {
    const own = attachmentsOf(statement).flatMap((attachment, place) => {
      const field = `body.${at}.attachments.${place}`
      const file = bySha2.get(attachment.sha2.toLowerCase())
      if (file === undefined && attachment.fileUrl === undefined)
        throw refuse(`${field}.fileUrl`, 'is required where the file does not come with the statement')
      if (attachment.usageType === SIGNATURE) checkSignature(statement, attachment, file, field)
      if (file === undefined) return []
      used.add(file.sha2)
      return [{ ...file, contentType: attachment.contentType }]
    })
    return { statement, enclosed: [...new Map(own.map((file) => [file.sha2, file])).values()] }
  })
  const spare = files.findIndex(({ sha2 }) => !used.has(sha2))
  if (spare >= 0) throw refuse(`body.${spare + 1}`, 'is no attachment of a statement')
  return matched
}

const HASHES = new Map([
  ['RS256', 'sha256'],
  ['RS384', 'sha384'],
  ['RS512', 'sha512'],
])

/** Data 2.6: a JWS over the statement as it was before, verified where it brings its certificate. */
function checkSignature(
  statement: Statement,
  { contentType }: Attachment,
  file: Enclosed | undefined,
  field: string,
) {
  if (contentType !== 'application/octet-stream')
    throw refuse(`${field}.contentType`, 'must be application/octet-stream')
  const [head = '', payload = '', signature = '', ...more] = file?.bytes.toString('latin1').split('.') ?? []
  if (signature === '' || more.length > 0) throw refuse(field, 'must be a JWS in its compact form')
  const header = parseJson(Buffer.from(head, 'base64url'), field)
  const hash = isObject(header) ? HASHES.get(String(header['alg'])) : undefined
  if (!isObject(header) || hash === undefined)
    throw refuse(field, 'must be signed with RS256, RS384 or RS512')
  const signed = parseStatement(parseJson(Buffer.from(payload, 'base64url'), field), field)
  if (fingerprintOf(unsigned(signed)) !== fingerprintOf(unsigned(statement)))
    throw refuse(field, 'must be the signature of this statement')
  const [certificate] = Array.isArray(header['x5c']) ? header['x5c'] : []
  if (certificate === undefined) return
  const isGood = isSigned(`${head}.${payload}`, signature, String(certificate), hash)
  if (!isGood) throw refuse(field, 'must be the signature of the certificate that it names')
}

function isSigned(text: string, signature: string, certificate: string, hash: string): boolean {
  try {
    const { publicKey } = new X509Certificate(Buffer.from(certificate, 'base64'))
    return verify(hash, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'))
  } catch {
    return false
  }
}

function unsigned({ attachments, ...statement }: Statement): Statement {
  const others = attachments?.filter(({ usageType }) => usageType !== SIGNATURE) ?? []
  return others.length === 0 ? statement : { ...statement, attachments: others }
}
