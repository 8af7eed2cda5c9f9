import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import type { CourseManifest } from '@aetherlearn/contracts/course/transfer'
import { crc32 } from 'node:zlib'
import { ZipFile } from 'yazl'
import { videoBytes, type Fixture, type Person } from '../fixture.ts'

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

type Video = NonNullable<CourseManifest['sections'][number]['lectures'][number]['video']>
export const videoOf = (bytes: Uint8Array, more: Partial<Video> = {}): Video => ({
  file: 'videos/1-1.mp4',
  sizeBytes: bytes.length,
  sha256: sha256(bytes),
  container: 'mp4',
  ...more,
})
export const aManifest = (videos: Video[] = []): CourseManifest => ({
  schemaVersion: 1,
  course: { title: 'Algebra', category: 'Mathematics' },
  sections: [
    { sectionTitle: 'One', lectures: videos.map((video, n) => ({ lectureTitle: `Number ${n}`, video })) },
  ],
})

/** Of one file, or more, by name. */
export function zipOf(
  files: Record<string, Uint8Array | string>,
  options: { compress?: boolean; mode?: number } = {},
) {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, options)
  zip.end()
  return buffer(zip.outputStream)
}
export function aCourseZip(bytes = videoBytes(5000)) {
  const manifest = aManifest([videoOf(bytes)])
  return zipOf({ 'videos/1-1.mp4': bytes, 'manifest.json': JSON.stringify(manifest) }, { compress: false })
}

type Made = {
  name: string | Buffer
  content: Uint8Array
  /** What its directory says instead of the truth. */
  says?: Partial<
    Record<'flags' | 'method' | 'sizeBytes' | 'packedBytes' | 'madeBy' | 'attributes' | 'offset', number>
  >
}
/** Byte by byte, so that it may lie (APPNOTE.TXT 4.3). */
export function madeByHand(files: Made[], entryCount = files.length): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  for (const { name: text, content, says = {} } of files) {
    const name = Buffer.from(text)
    const { flags = 0x800, method = 0, madeBy = 0x031e, attributes = 0o100644 * 0x10000 } = says
    const { sizeBytes = content.length, packedBytes = content.length } = says
    const sizes = Buffer.alloc(12)
    sizes.writeUInt32LE(crc32(content), 0)
    sizes.writeUInt32LE(packedBytes, 4)
    sizes.writeUInt32LE(sizeBytes, 8)
    const local = Buffer.alloc(14)
    local.writeUInt32LE(0x04034b50, 0)
    local.writeUInt16LE(20, 4)
    local.writeUInt16LE(flags, 6)
    local.writeUInt16LE(method, 8)
    const lengths = Buffer.alloc(4)
    lengths.writeUInt16LE(name.length, 0)
    const piece = Buffer.concat([local, sizes, lengths, name, content])
    const head = Buffer.alloc(6)
    head.writeUInt32LE(0x02014b50, 0)
    head.writeUInt16LE(madeBy, 4)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(attributes, 6)
    tail.writeUInt32LE(says.offset ?? offset, 10)
    directory.push(Buffer.concat([head, local.subarray(4), sizes, lengths, tail, name]))
    locals.push(piece)
    offset += piece.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Math.min(entryCount, 0xffff), 8)
  end.writeUInt16LE(Math.min(entryCount, 0xffff), 10)
  end.writeUInt32LE(Buffer.concat(directory).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...directory, end])
}

export async function download({ origin }: Fixture, { token }: Person, courseId: string) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${origin}/api/v1/course/${courseId}/export`, { headers })
  return { answer, bytes: Buffer.from(await answer.arrayBuffer()) }
}

export const zipHeaders = { 'content-type': 'application/zip' }
export const importZip = ({ courses }: Person, bytes: Uint8Array) =>
  courses.importCourse({ raw: new Uint8Array(bytes), headers: zipHeaders })
