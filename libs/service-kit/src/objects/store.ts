import type { Readable } from 'node:stream'

/** Bytes `start` to `end`, both included, as in RFC 9110 §14.1.2. */
export type ByteRange = { start: number; end: number }
export type ObjectHead = { sizeBytes: number; etag: string; modifiedAt: Date }
/** An upload in parts that is under way. */
export type PartsRef = { key: string; partsId: string }
export type Part = { index: number; offset: number; sizeBytes: number }
/** An iterable is asked for each piece right before it is written, and is not read ahead. */
export type PartBody = Readable | AsyncIterable<Uint8Array>
/** A part that has arrived; `etag` as the store gave it. */
export type StoredPart = { index: number; sizeBytes: number; etag: string }
/** A request that a client may send by itself: a PUT with exactly these headers and that many bytes. */
export type PresignedPart = { url: string; headers: Record<string, string> }

export type PartLimits = {
  /** Ends the writing when it aborts. */
  signal?: AbortSignal
  /** Asked right before bytes are written where another process may write the same ones; throws when they are its own now. */
  mayWrite?: () => Promise<void> | undefined
}

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
  /** Streams one part to its place; sending it again replaces it. */
  putPart(ref: PartsRef, part: Part, body: PartBody, limits?: PartLimits): Promise<{ etag: string }>
  /** Makes the object visible without copying a byte. Doing it again is no error. */
  completeParts(ref: PartsRef, parts: StoredPart[], sizeBytes: number): Promise<void>
  /** Doing it again is no error. */
  abortParts(ref: PartsRef): Promise<void>
  /**
   * Removes what dead processes left before `olderThan`: uploads in parts whose `partsId` is not kept, and whatever
   * of a `put` never became visible. Answers how many things it removed.
   */
  sweepParts(olderThan: Date, isKept: (partsId: string) => Promise<boolean>): Promise<number>
  /** Only where clients can send parts to the store themselves. */
  direct?: DirectParts
  /** Rejects when the store can't be used. */
  check(): Promise<void>
}

export type DirectParts = {
  /** Good for this one part of this one upload, with this length, until it expires. */
  presignPart(
    ref: PartsRef,
    part: Pick<Part, 'index' | 'sizeBytes'>,
    expiresSeconds: number,
  ): Promise<PresignedPart>
  /** What the store holds, in order, whoever sent it. Throws UPLOAD_NOT_OPEN when the upload has ended. */
  listParts(ref: PartsRef): Promise<StoredPart[]>
}
