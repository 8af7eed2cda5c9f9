import { Type, type Static } from 'typebox'
import { FieldError } from '../errors.ts'
import { Id, Instant, OneOf, Strict } from '../shape.ts'
import { CompletionRule } from './completion.ts'
import { PackageStandard, PackageSummary } from './packages.ts'

/** Source document 003 §4. */
export const LectureStatus = OneOf(['AWAITING_MEDIA', 'PROCESSING', 'READY', 'FAILED'])
export type LectureStatus = Static<typeof LectureStatus>

/** Why a video could not be made, and what its instructor can do about it. */
export const MediaFailure = Type.Object({ code: Type.String(), advice: Type.String() })
export type MediaFailure = Static<typeof MediaFailure>

/** How loud a video's sound is, by EBU R128. */
export const Loudness = Type.Object({
  /** Programme loudness in LUFS; -70 is silence. */
  integratedLufs: Type.Number(),
  /** Loudness range in LU (EBU Tech 3342). */
  rangeLu: Type.Number(),
  /** Highest true peak in dBTP; above 0 it distorts. */
  truePeakDbtp: Type.Number(),
})
export type Loudness = Static<typeof Loudness>

/** What its instructor is told of a video's sound. */
export const LectureLoudness = Type.Object({
  ...Loudness.properties,
  /** What is wrong with it and what to do; absent where nothing is. */
  advice: Type.Optional(Type.String()),
})
export type LectureLoudness = Static<typeof LectureLoudness>

export const Lecture = Type.Object({
  _id: Id,
  courseId: Id,
  sectionId: Id,
  lectureTitle: Type.String(),
  status: LectureStatus,
  failure: Type.Optional(MediaFailure),
  durationSeconds: Type.Optional(Type.Number()),
  /** Whether there is something to play. Of a lecture that is PROCESSING: its smallest rendition, for the course's people. */
  isPlayable: Type.Boolean(),
  /** What it is instead of a video; then nothing is played. */
  package: Type.Optional(PackageSummary),
  /** Of the video that is READY, for the course's people; absent for one without sound. */
  loudness: Type.Optional(LectureLoudness),
  /** Counts the edits of the title. */
  revision: Type.Integer(),
})
export type Lecture = Static<typeof Lecture>

export const Section = Type.Object({
  _id: Id,
  courseId: Id,
  sectionTitle: Type.String(),
  lectures: Type.Array(Id),
  /** Counts the edits of the title and of the order of the lectures. */
  revision: Type.Integer(),
})
export type Section = Static<typeof Section>

export const levels = ['all', 'beginner', 'intermediate', 'advanced'] as const
export type Level = (typeof levels)[number]
/** What a course says of itself, in the draft and in each snapshot. */
const detailFields = {
  title: Type.String(),
  subtitle: Type.String(),
  /** Plain text. */
  description: Type.String(),
  category: Type.String(),
  level: OneOf(levels),
  /** A BCP 47 language tag: `en`, `pt-BR`. */
  language: Type.String(),
  /** In the smallest unit of `currency`: 4900 and EUR are 49.00 €; 0 is free. */
  price: Type.Integer(),
  /** ISO 4217. */
  currency: Type.String(),
  /** Absent: `defaultCompletion`. */
  completion: Type.Optional(CompletionRule),
}

/** What a person does in one course; its creator is the owner. Rights: `apps/course-service/src/courses/rules.ts`. */
export const CourseRole = OneOf(['owner', 'editor', 'assistant', 'viewer'])
export type CourseRole = Static<typeof CourseRole>

const courseFields = {
  _id: Id,
  ...detailFields,
  creator: Id,
  totalLectures: Type.Integer(),
  /** Students at most; absent where there is no limit. */
  seatLimit: Type.Optional(Type.Integer()),
  /** Of the draft's picture, relative to the gateway. */
  thumbnailUrl: Type.Optional(Type.String()),
  /** Counts the edits of this course's own fields and of the order of its sections. */
  revision: Type.Integer(),
  createdAt: Instant,
  updatedAt: Instant,
}
/**
 * Who finds the course. `draft` and `in-review`: its people alone. `live`: everybody, in the catalogue. `unlisted`:
 * whoever has its address. `archived`: those enrolled already. Students always see the snapshot; the draft is edited in
 * every state.
 */
export const CourseStatus = OneOf(['draft', 'in-review', 'live', 'unlisted', 'archived'])
export type CourseStatus = Static<typeof CourseStatus>
export const Course = Type.Object({ ...courseFields, status: CourseStatus, sections: Type.Array(Id) })
export type Course = Static<typeof Course>

export const ScheduleFailure = Type.Object({
  /** When it should have been published. */
  publishAt: Instant,
  detail: Type.String(),
  /** What lectures lack, by their ids. */
  errors: Type.Optional(Type.Array(FieldError)),
})
export type ScheduleFailure = Static<typeof ScheduleFailure>

/** What its instructor sees: the draft with the state of every video. */
export const CourseOutline = Type.Object({
  ...courseFields,
  status: CourseStatus,
  /** Number of the snapshot that students see; absent before the first publish. */
  publishedVersion: Type.Optional(Type.Integer()),
  /** Whether the draft is another one than that version's; all of it counts, also lectures that have no video yet. */
  hasUnpublishedChanges: Type.Boolean(),
  /** When the draft is published by itself. */
  publishAt: Type.Optional(Instant),
  /** Why it was not published by itself the last time. */
  scheduleFailure: Type.Optional(ScheduleFailure),
  /** Why a review sent it back. */
  reviewReason: Type.Optional(Type.String()),
  /** What the reader may do here. */
  role: CourseRole,
  sections: Type.Array(
    Type.Object({
      _id: Id,
      sectionTitle: Type.String(),
      revision: Type.Integer(),
      lectures: Type.Array(Lecture),
    }),
  ),
})
export type CourseOutline = Static<typeof CourseOutline>

export const PublishedLecture = Type.Object({
  _id: Id,
  lectureTitle: Type.String(),
  /** 0 where it is no video. */
  durationSeconds: Type.Number(),
  /** Where it is a package. */
  package: Type.Optional(Type.Object({ standard: PackageStandard })),
})
export const PublishedSection = Type.Object({
  _id: Id,
  sectionTitle: Type.String(),
  lectures: Type.Array(PublishedLecture),
})
/** An immutable snapshot, as students see it. */
export const PublishedCourse = Type.Object({
  _id: Id,
  ...detailFields,
  creator: Id,
  /** Relative to the gateway. */
  thumbnailUrl: Type.Optional(Type.String()),
  version: Type.Integer(),
  publishedAt: Instant,
  totalLectures: Type.Integer(),
  durationSeconds: Type.Number(),
  sections: Type.Array(PublishedSection),
})
export type PublishedCourse = Static<typeof PublishedCourse>

export const Enrolment = Type.Object({ courseId: Id, userId: Id, enrolledAt: Instant })
export type Enrolment = Static<typeof Enrolment>

/**
 * Of a lecture that is READY, and so for every student, all URLs are there. While it is PROCESSING, the people of its
 * course play what is made already, and that is `hlsUrl` alone.
 */
export const Playback = Type.Object({
  hlsUrl: Type.String(),
  videoUrl: Type.Optional(Type.String()),
  posterUrl: Type.Optional(Type.String()),
  storyboardUrl: Type.Optional(Type.String()),
  /** WebVTT files; the master playlist names them, too. `label` is how a player names the language. */
  captions: Type.Array(Type.Object({ language: Type.String(), label: Type.String(), url: Type.String() })),
  durationSeconds: Type.Number(),
  /** Until when the URLs work. */
  expiresAt: Instant,
})
export type Playback = Static<typeof Playback>

/** Parameters that name one thing in the path. */
export const CourseRef = Strict({ courseId: Id })
export const SectionRef = Strict({ sectionId: Id })
export const LectureRef = Strict({ lectureId: Id })
