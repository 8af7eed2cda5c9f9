import { Readable } from 'node:stream'
import { notesApi, type Note } from '@aetherlearn/contracts/progress/notes'
import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import type { Directory } from '../courses/directory.ts'
import { markdownOf } from './markdown.ts'
import type { CourseNames, NamesStore } from './names-store.ts'
import { inOrderOf, pageOf, seekToOf } from './rules.ts'
import type { NoteStore } from './store.ts'

export type NoteDeps = {
  directory: Pick<Directory, 'requireLecture' | 'course'>
  notes: NoteStore
  names: Pick<NamesStore, 'read'>
  now: () => number
}

/** Notes read at a time for an export, of 10,000 characters each at most. */
const EXPORT_BATCH = 100
const NO_LECTURES: ReadonlyMap<string, number> = new Map()

export async function noteRoutes(app: Server, deps: NoteDeps) {
  const { directory, notes, names, now } = deps
  /** In their order; none where the course is not there any more. */
  const lecturesOf = async (courseId: string) => (await directory.course(courseId))?.lectures ?? NO_LECTURES

  app.route({
    ...notesApi.addNote,
    handler: async ({ caller, body }, reply) => {
      const { courseId, lectureId, second } = body
      const { durationSeconds } = await directory.requireLecture(caller.id, courseId, lectureId)
      requireWithin(second, durationSeconds)
      const known = await names.read(courseId, lectureId)
      const title = { courseTitle: known?.title ?? '', lectureTitle: known?.lectures.get(lectureId) ?? '' }
      const note = await notes.add({ ...body, userId: caller.id, at: new Date(now()) }, title)
      return reply.code(201).send(note)
    },
  })

  app.route({
    ...notesApi.listNotes,
    handler: async ({ caller, query: { courseId, lectureId, limit, cursor } }) => {
      const [places, lectures, known] = await Promise.all([
        notes.places({ userId: caller.id, courseId }, lectureId),
        lecturesOf(courseId),
        names.read(courseId, lectureId),
      ])
      const { places: page, ...more } = pageOf(places, lectures, limit, cursor)
      const read = await notes.read(
        caller.id,
        page.map((place) => place._id),
      )
      return { notes: asNow(read, known, lectures), ...more }
    },
  })

  app.route({
    ...notesApi.changeNote,
    handler: async ({ caller, params: { noteId }, body }) => {
      if (body.second !== undefined) {
        const note = await notes.find(caller.id, noteId)
        if (note === undefined) throw fail('NOTE_NOT_FOUND')
        const { second, lectureId, courseId } = note
        // What is behind the end of a shorter video may stay there.
        if (body.second !== second)
          requireWithin(body.second, (await lecturesOf(courseId)).get(lectureId) ?? 0)
      }
      const note = await notes.change(caller.id, noteId, { ...body, at: new Date(now()) })
      if (note === undefined) throw fail('NOTE_NOT_FOUND')
      const [known, lectures] = await Promise.all([
        names.read(note.courseId, note.lectureId),
        lecturesOf(note.courseId),
      ])
      const [answer = note] = asNow([note], known, lectures)
      return answer
    },
  })

  app.route({
    ...notesApi.removeNote,
    handler: async ({ caller, params: { noteId } }) => {
      if (!(await notes.remove(caller.id, noteId))) throw fail('NOTE_NOT_FOUND')
      return { message: 'deleted' }
    },
  })

  exportRoute(app, deps, lecturesOf)
}

function exportRoute(
  app: Server,
  { notes, names }: NoteDeps,
  lecturesOf: (courseId: string) => Promise<ReadonlyMap<string, number>>,
) {
  app.route({
    ...notesApi.exportNotes,
    handler: async ({ caller, query: { courseId } }, reply) => {
      const notebook = { userId: caller.id, courseId }
      const [places, lectures, known, title] = await Promise.all([
        notes.places(notebook),
        lecturesOf(courseId),
        names.read(courseId),
        notes.courseTitle(notebook),
      ])
      const ids = places.toSorted(inOrderOf(lectures)).map((place) => place._id)
      async function* batches() {
        for (let from = 0; from < ids.length; from += EXPORT_BATCH) {
          yield asNow(await notes.read(caller.id, ids.slice(from, from + EXPORT_BATCH)), known, lectures)
        }
      }
      void reply.header('content-disposition', `attachment; filename="notes-${courseId}.md"`)
      return reply.type('text/markdown; charset=utf-8').send(Readable.from(markdownOf(title, batches())))
    },
  })
}

/** A length of 0 is not known. */
function requireWithin(second: number, durationSeconds: number) {
  if (durationSeconds === 0 || second <= durationSeconds) return
  const message = `must be within the lecture, which lasts ${durationSeconds} s`
  throw fail('INVALID_INPUT', { errors: [{ field: 'body.second', message }] })
}

/** Lectures that are still in the course are called what they are called now, and are as long as they are now. */
const asNow = (
  notes: Note[],
  names: CourseNames | undefined,
  lectures: ReadonlyMap<string, number>,
): Note[] =>
  notes.map((note) => {
    const seekTo = seekToOf(note.second, lectures.get(note.lectureId) ?? 0)
    const lectureTitle = names?.lectures.get(note.lectureId) ?? note.lectureTitle
    return { ...note, lectureTitle, ...(seekTo !== undefined && { seekTo }) }
  })
