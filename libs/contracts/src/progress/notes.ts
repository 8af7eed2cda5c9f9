import { Type, type Static } from 'typebox'
import { Id, Instant, Message, Seconds, Strict, Text, endpoint } from '../shape.ts'

/** Of one note. */
export const MAX_NOTE_LENGTH = 10_000
/** Of one student in one course, bookmarks included. */
export const MAX_NOTES_PER_COURSE = 2000

/** Plain text, whatever it looks like. */
const NoteText = Text(MAX_NOTE_LENGTH)

/** What a student wrote at a second of a lecture; without text it is a bookmark. */
export const Note = Type.Object({
  _id: Id,
  courseId: Id,
  lectureId: Id,
  /** As the course calls the lecture, or did when the note was made. */
  lectureTitle: Type.String(),
  second: Seconds,
  /** Only where that second is behind the end of the video, which was replaced by a shorter one: where to go instead. */
  seekTo: Type.Optional(Seconds),
  text: Type.Optional(Type.String()),
  createdAt: Instant,
  updatedAt: Instant,
})
export type Note = Static<typeof Note>

const NoteRef = Strict({ noteId: Id })

/** Notes are their student's alone: nobody else, whatever their role, can tell that there are any. */
export const notesApi = {
  addNote: endpoint({
    method: 'POST',
    url: '/api/v1/progress/notes',
    summary: 'Write a note at a second of a lecture, or set a bookmark there',
    config: { access: 'signed-in', rate: 'write' },
    schema: {
      body: Strict({ courseId: Id, lectureId: Id, second: Seconds, text: Type.Optional(NoteText) }),
      response: { 201: Note },
    },
  }),
  /** In the order of the course's lectures and, within one, of seconds. Lectures that left the course come last. */
  listNotes: endpoint({
    method: 'GET',
    url: '/api/v1/progress/notes',
    summary: 'The caller’s notes and bookmarks in a course or in one of its lectures, a page at a time',
    config: { access: 'signed-in', rate: 'read' },
    schema: {
      querystring: Strict({
        courseId: Id,
        lectureId: Type.Optional(Id),
        limit: Type.Integer({ minimum: 1, maximum: 200, default: 200 }),
        /** `nextCursor` of the page before. */
        cursor: Type.Optional(
          Type.String({ pattern: '^[0-9a-f]{24}_[0-9]{1,6}(\\.[0-9]{1,20})?_[0-9a-f]{24}$' }),
        ),
      }),
      response: {
        200: Type.Object({
          notes: Type.Array(Note),
          /** Absent on the last page. */
          nextCursor: Type.Optional(Type.String()),
        }),
      },
    },
  }),
  changeNote: endpoint({
    method: 'PATCH',
    url: '/api/v1/progress/notes/:noteId',
    summary: 'Change the text or the second of a note; without text it becomes a bookmark',
    config: { access: 'signed-in', rate: 'write' },
    schema: {
      params: NoteRef,
      body: Strict({
        second: Type.Optional(Seconds),
        text: Type.Optional(Type.Union([NoteText, Type.Null()])),
      }),
      response: { 200: Note },
    },
  }),
  removeNote: endpoint({
    method: 'DELETE',
    url: '/api/v1/progress/notes/:noteId',
    summary: 'Remove a note or a bookmark',
    config: { access: 'signed-in', rate: 'write' },
    schema: { params: NoteRef, response: { 200: Message } },
  }),
  /** Answer: `text/markdown`, a heading for each lecture. */
  exportNotes: endpoint({
    method: 'GET',
    url: '/api/v1/progress/notes/export',
    summary: 'All of the caller’s notes in a course as one Markdown file',
    config: { access: 'signed-in', rate: 'media' },
    schema: { querystring: Strict({ courseId: Id }), response: {} },
  }),
}
