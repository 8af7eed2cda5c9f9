import type { CourseOutline, PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import type { CourseProgress } from '@aetherlearn/contracts/progress'
import { useRef, useState, type RefObject } from 'react'
import { flushSync } from 'react-dom'
import { useNotes } from '../../api/notes.ts'
import { isDraft } from '../../api/queries.ts'
import { clock } from '../../components/format.ts'
import { CoursePanel, type PanelTab } from './course-panel.tsx'
import { chaptersOf } from './lessons.ts'
import { NotesPanel } from './notes-panel.tsx'
import { useNoteKeys } from './use-note-keys.ts'

type Props = {
  course: CourseOutline | PublishedCourse
  lectureId: string
  progress: CourseProgress | undefined
  video: RefObject<HTMLVideoElement | null>
  onSeek: (second: number) => void
  /** Says a word over the picture. */
  onNotice: (words: string) => void
}

/** Beside the player: the course, and the notes of who learns in it. */
export function LectureAside({ course, lectureId, progress, video, onSeek, onNotice }: Props) {
  const [tab, setTab] = useState<PanelTab>('lectures')
  const field = useRef<HTMLTextAreaElement>(null)
  const made = useNotes({ courseId: course._id, lectureId })
  const preview = isDraft(course)
  const now = () => Math.floor(video.current?.currentTime ?? 0)
  const bookmark = () => {
    const second = now()
    made.add.mutate({ second }, { onSuccess: () => onNotice(`Bookmark set at ${clock(second)}`) })
  }
  const write = async () => {
    // What is written beside the picture cannot be seen in full screen.
    if (document.fullscreenElement !== null) await document.exitFullscreen()
    flushSync(() => setTab('notes'))
    field.current?.focus()
  }
  useNoteKeys({ n: () => void write(), b: bookmark }, !preview)
  return (
    <CoursePanel
      courseId={course._id}
      lectureId={lectureId}
      chapters={chaptersOf(course)}
      progress={progress}
      tab={tab}
      onTab={setTab}
      notes={
        preview ? undefined : (
          <NotesPanel
            course={course}
            lectureId={lectureId}
            made={made}
            field={field}
            now={now}
            onSeek={onSeek}
            onBookmark={bookmark}
          />
        )
      }
    />
  )
}
