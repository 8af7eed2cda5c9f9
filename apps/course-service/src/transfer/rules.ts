import type { CourseManifest, ExportedPackage, ExportedVideo } from '@aetherlearn/contracts/course/transfer'
import type { Container } from '@aetherlearn/contracts/media'
import { fail } from '@aetherlearn/service-kit/errors'
import type { ArchivedFile } from 'yauzl'
import type { LectureRow } from '../courses/rows.ts'
import { detailsOf } from '../publishing/draft.ts'
import type { WholeDraft } from './store.ts'

const MAX_TITLE_LENGTH = 200
const COPY_MARK = ' (copy)'

/** Says that it is one, however long the title is. */
export const titleOfCopy = (title: string) => title.slice(0, MAX_TITLE_LENGTH - COPY_MARK.length) + COPY_MARK

/** Of the archive that was sent. */
export const invalid = (message: string, cause?: unknown) =>
  fail('INVALID_INPUT', { errors: [{ field: 'body', message }], cause })
export const tooLarge = (message: string) => fail('TOO_LARGE', { detail: `This archive ${message}` })
export const unsupported = (message: string) =>
  fail('UNSUPPORTED_MEDIA', { detail: `This archive ${message}` })

const [STORED, DEFLATED] = [0, 8]
const ENCRYPTED = 1
const UNIX = 3
const [FILE_TYPE, REGULAR_FILE] = [0o170000, 0o100000]
/** What any archiver makes of the emptiest manifest is far below, what a bomb needs far above. */
const MAX_RATIO = 100
const SMALL_BYTES = 1024 * 1024

/** Throws for links, encrypted files, unknown packing, and files that unpack to far more than they are. */
export function assertPlainFile(file: ArchivedFile) {
  const { fileName, compressionMethod, compressedSize, uncompressedSize } = file
  const name = JSON.stringify(fileName)
  const type = (file.externalFileAttributes >>> 16) & FILE_TYPE
  const isUnix = file.versionMadeBy >>> 8 === UNIX
  if (isUnix && type !== 0 && type !== REGULAR_FILE) throw invalid(`holds ${name}, which is no plain file`)
  if (fileName.includes('\0')) throw invalid(`holds ${name}, which is no file name`)
  if ((file.generalPurposeBitFlag & ENCRYPTED) !== 0) throw unsupported(`holds ${name} encrypted`)
  if (compressionMethod !== STORED && compressionMethod !== DEFLATED) {
    throw unsupported(`holds ${name} packed in a way that is not known here`)
  }
  if (uncompressedSize > SMALL_BYTES && uncompressedSize > compressedSize * MAX_RATIO) {
    throw tooLarge(`holds ${name}, which unpacks to more than ${MAX_RATIO} times its size`)
  }
}

const endings: Record<Container, string> = { mp4: 'mp4', mov: 'mov', matroska: 'mkv', webm: 'webm' }

/** Of the lecture at these places, counted from zero. */
export const fileNameOf = (section: number, lecture: number, container: Container) =>
  `videos/${section + 1}-${lecture + 1}.${endings[container]}`

export const packageFileOf = (section: number, lecture: number) =>
  `packages/${section + 1}-${lecture + 1}.zip`

/** What was sent, as it was sent. */
export const rawKeyOf = (uploadId: string) => `raw/${uploadId}`

export const captionsFileOf = (section: number, lecture: number, language: string) =>
  `captions/${section + 1}-${lecture + 1}.${language}.vtt`

export function manifestOf(
  { course, sections }: WholeDraft,
  contentOf: (lecture: LectureRow) => { video?: ExportedVideo; package?: ExportedPackage },
): CourseManifest {
  const { seatLimit } = course
  return {
    schemaVersion: 1,
    course: { ...detailsOf(course), ...(seatLimit === undefined ? {} : { seatLimit }) },
    sections: sections.map(({ section: { sectionTitle }, lectures }) => ({
      sectionTitle,
      lectures: lectures.map((lecture) => ({ lectureTitle: lecture.lectureTitle, ...contentOf(lecture) })),
    })),
  }
}
