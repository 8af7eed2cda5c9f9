import { Type, type Static } from 'typebox'
import { containers } from '../media.ts'
import { OneOf, Strict, Text, endpoint } from '../shape.ts'
import { MAX_UPLOAD_BYTES, Sha256 } from '../upload.ts'
import { NewCourse } from './authoring.ts'
import { CaptionLabel, CaptionLanguage, MAX_CAPTIONS_BYTES, MAX_CAPTION_LANGUAGES } from './captions.ts'
import { MAX_PACKAGE_BYTES } from './package-routes.ts'
import { Course, CourseRef } from './shapes.ts'

/** 20 GiB: what one import takes, packed and unpacked. */
export const MAX_IMPORT_BYTES = 20 * 1024 ** 3
/** As many as a snapshot can hold. */
export const MAX_IMPORT_LECTURES = 10_000
const MAX_IMPORT_SECTIONS = 1000
/** Of all videos together. */
export const MAX_IMPORT_CAPTIONS = 10_000
export const MAX_IMPORT_CAPTION_BYTES = 64 * 1024 * 1024

export const MANIFEST_FILE = 'manifest.json'

/** Captions of a video in one language, as WebVTT. */
export const ExportedCaptions = Strict({
  file: Type.String({ pattern: '^captions/[0-9]{1,5}-[0-9]{1,5}\\.[A-Za-z0-9-]{2,35}\\.vtt$' }),
  language: CaptionLanguage,
  label: CaptionLabel,
  /** Escaping can make more of what was sent. */
  sizeBytes: Type.Integer({ minimum: 1, maximum: 6 * MAX_CAPTIONS_BYTES }),
})
export type ExportedCaptions = Static<typeof ExportedCaptions>

/** A video as its instructor sent it. */
export const ExportedVideo = Strict({
  /** Its name in the archive. */
  file: Type.String({ pattern: '^videos/[0-9]{1,5}-[0-9]{1,5}\\.(mp4|mov|mkv|webm)$' }),
  sizeBytes: Type.Integer({ minimum: 1, maximum: MAX_UPLOAD_BYTES }),
  sha256: Sha256,
  container: OneOf(containers),
  captions: Type.Optional(Type.Array(ExportedCaptions, { maxItems: MAX_CAPTION_LANGUAGES })),
})
export type ExportedVideo = Static<typeof ExportedVideo>

/** A SCORM or cmi5 package as its instructor sent it. */
export const ExportedPackage = Strict({
  file: Type.String({ pattern: '^packages/[0-9]{1,5}-[0-9]{1,5}\\.zip$' }),
  sizeBytes: Type.Integer({ minimum: 1, maximum: MAX_PACKAGE_BYTES }),
  sha256: Sha256,
})
export type ExportedPackage = Static<typeof ExportedPackage>

/** What `manifest.json` of an exported course says: all but people, students and what is made of the videos. */
export const CourseManifest = Strict({
  /** Of this format; a reader refuses those that it does not know. */
  schemaVersion: Type.Literal(1),
  course: NewCourse,
  sections: Type.Array(
    Strict({
      sectionTitle: Text(200),
      lectures: Type.Array(
        Strict({
          lectureTitle: Text(200),
          /** Absent where the lecture has none yet. */
          video: Type.Optional(ExportedVideo),
          /** Instead of a video. */
          package: Type.Optional(ExportedPackage),
        }),
        { maxItems: MAX_IMPORT_LECTURES },
      ),
    }),
    { maxItems: MAX_IMPORT_SECTIONS },
  ),
})
export type CourseManifest = Static<typeof CourseManifest>

export const transferApi = {
  /** Videos are shared, not copied; people, students and the picture stay with the other course. */
  duplicateCourse: endpoint({
    method: 'POST',
    url: '/api/v1/course/:courseId/duplicate',
    summary: 'Make a new draft of the caller’s with everything that this draft holds',
    // Thousands of rows are written before it is answered.
    config: { access: 'instructor', rate: 'upload' },
    schema: {
      params: CourseRef,
      /** Without a title: that of the course, marked as a copy. */
      body: Strict({ title: Type.Optional(Text(200)) }),
      response: { 201: Course },
    },
  }),
  /** Answer: `application/zip`. Its format: `CourseManifest`, beside it the videos that it names. */
  exportCourse: endpoint({
    method: 'GET',
    url: '/api/v1/course/:courseId/export',
    summary: 'The draft with its original videos and packages as one zip file',
    config: { access: 'instructor', rate: 'media' },
    schema: { params: CourseRef, response: {} },
  }),
  /** Body: a file made by `exportCourse`, as `application/zip`, with its Content-Length. */
  importCourse: endpoint({
    method: 'POST',
    url: '/api/v1/course/import',
    summary: 'Make a new draft of the caller’s from an exported course; its videos are processed anew',
    config: { access: 'instructor', rate: 'upload' },
    bodyLimit: MAX_IMPORT_BYTES,
    schema: { response: { 201: Course } },
  }),
}
