/** The part of yauzl 3 that we use; its published types stop at version 2. */
declare module 'yauzl' {
  import type { Readable } from 'node:stream'
  export type Entry = { fileName: string; uncompressedSize: number }
  export type ZipFile = {
    eachEntry(): AsyncIterable<Entry>
    openReadStreamPromise(entry: Entry): Promise<Readable>
    close(): void
  }
  export function openPromise(
    path: string,
    options: { lazyEntries: true; autoClose: boolean },
  ): Promise<ZipFile>
}
