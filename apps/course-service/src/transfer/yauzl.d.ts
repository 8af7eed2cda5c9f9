/** What is read of an archive, beside what tools/local-stack declares of yauzl 3 for its own use. */
declare module 'yauzl' {
  import type { EventEmitter } from 'node:events'
  import type { Readable } from 'node:stream'
  export type ArchivedFile = {
    fileName: string
    compressedSize: number
    uncompressedSize: number
    compressionMethod: number
    generalPurposeBitFlag: number
    versionMadeBy: number
    externalFileAttributes: number
    relativeOffsetOfLocalHeader: number
    crc32: number
  }
  export type Archive = {
    entryCount: number
    eachEntry(): AsyncIterable<ArchivedFile>
    openReadStreamPromise(file: ArchivedFile): Promise<Readable>
    readLocalFileHeaderPromise(
      file: ArchivedFile,
      options: { minimal: true },
    ): Promise<{ fileDataStart: number }>
    close(): void
  }
  export class RandomAccessReader extends EventEmitter {
    /** `end` is not included. */
    _readStreamForRange(start: number, end: number): Readable
    read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error?: unknown) => void,
    ): void
  }
  export function fromRandomAccessReaderPromise(
    reader: RandomAccessReader,
    sizeBytes: number,
    options: { autoClose: boolean; strictFileNames: boolean },
  ): Promise<Archive>
}
