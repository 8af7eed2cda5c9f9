import type { Readable } from 'node:stream'

/** Bytes `start` to `end`, both included, as in RFC 9110 §14.1.2. */
export type ByteRange = { start: number; end: number }
export type ObjectHead = { sizeBytes: number; etag: string; modifiedAt: Date }
/** An upload in parts that is under way. */
export type PartsRef = { key: string; partsId: string }
export type Part = { index: number; offset: number; sizeBytes: number }

/**
 * Where large files lie. Keys are made by us: `[A-Za-z0-9._-]` segments joined by `/`; anything else throws.
 * Every driver passes `objects/suite.ts`.
 */
export type ObjectStore = {
  /** All or nothing: a reader sees the whole object or none. */
  put(key: string, body: Readable | Uint8Array): Promise<void>
  /** Throws MEDIA_NOT_FOUND. */
  read(key: string, range?: ByteRange): Promise<Readable>
  head(key: string): Promise<ObjectHead | undefined>
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>
  /** Removes every object whose key begins with `folder/`. */
  removeFolder(folder: string): Promise<void>
  /** Begins an object that arrives in parts, in any order. */
  createParts(key: string, sizeBytes: number | undefined): Promise<PartsRef>
  /** Streams one part to its place; sending it again replaces it. Rejects when `signal` aborts. */
  putPart(ref: PartsRef, part: Part, body: Readable, signal?: AbortSignal): Promise<{ etag: string }>
  /** Makes the object visible without copying a byte. Doing it again is no error. */
  completeParts(ref: PartsRef, parts: { index: number; etag: string }[], sizeBytes: number): Promise<void>
  /** Doing it again is no error. */
  abortParts(ref: PartsRef): Promise<void>
  /** Rejects when the store can't be used. */
  check(): Promise<void>
}
