import { progressApi } from '@aetherlearn/contracts/progress'
import type { Note } from '@aetherlearn/contracts/progress/notes'
import { download } from '@aetherlearn/sdk/client'
import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { options, progress } from './clients.ts'

type Lecture = { courseId: string; lectureId: string }

/** All of a lecture's notes, by second. */
export const notes = ({ courseId, lectureId }: Lecture) =>
  queryOptions({
    queryKey: ['notes', courseId, lectureId],
    queryFn: () => listNotes({ courseId, lectureId }),
  })

async function listNotes(lecture: Lecture): Promise<Note[]> {
  const listed: Note[] = []
  for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
    const query = { ...lecture, ...(cursor !== undefined && { cursor }) }
    const page = await progress.listNotes({ query })
    listed.push(...page.notes)
    cursor = page.nextCursor
  }
  return listed
}

export const exportedNotes = async (courseId: string): Promise<Blob> =>
  (await download(progressApi.exportNotes, { query: { courseId } }, options)).blob()

type NewNote = { second: number; text?: string }

/** What a student does to the notes of a lecture; the list follows at once. */
export function useNotes(lecture: Lecture) {
  const queryClient = useQueryClient()
  const { queryKey } = notes(lecture)
  const change = (next: (known: Note[]) => Note[]) =>
    queryClient.setQueryData(queryKey, (known: Note[] | undefined) =>
      next(known ?? []).toSorted((a, b) => a.second - b.second),
    )
  const put = (note: Note) => change((known) => [...known.filter(({ _id }) => _id !== note._id), note])
  return {
    add: useMutation({
      mutationFn: (note: NewNote) => progress.addNote({ body: { ...lecture, ...note } }),
      onSuccess: put,
    }),
    edit: useMutation({
      mutationFn: ({ _id, text }: Pick<Note, '_id'> & { text: string | null }) =>
        progress.changeNote({ params: { noteId: _id }, body: { text } }),
      onSuccess: put,
    }),
    remove: useMutation({
      mutationFn: ({ _id }: Note) => progress.removeNote({ params: { noteId: _id } }),
      onSuccess: (_, removed) => change((known) => known.filter(({ _id }) => _id !== removed._id)),
    }),
  }
}
export type Notes = ReturnType<typeof useNotes>
