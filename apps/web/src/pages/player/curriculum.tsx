import { Link } from '@tanstack/react-router'
import { clock } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'
import type { Chapter, Lesson } from './lessons.ts'

type Props = { courseId: string; lectureId: string; chapters: Chapter[]; completed: ReadonlySet<string> }

/** The lectures of the course, with what is done of them. */
export const Curriculum = ({ courseId, lectureId, chapters, completed }: Props) => (
  <ol className="max-h-[32rem] overflow-y-auto p-2">
    {chapters.map((chapter) => (
      <li key={chapter._id}>
        <h3 className="px-3 pt-3 pb-1.5 text-xs font-medium text-muted">{chapter.sectionTitle}</h3>
        <ol>
          {chapter.lectures.map((lesson) => (
            <li key={lesson._id}>
              <LessonLink
                courseId={courseId}
                lesson={lesson}
                current={lesson._id === lectureId}
                completed={completed.has(lesson._id)}
              />
            </li>
          ))}
        </ol>
      </li>
    ))}
  </ol>
)

type LessonProps = { courseId: string; lesson: Lesson; current: boolean; completed: boolean }

const LessonLink = ({ courseId, lesson, current, completed }: LessonProps) => (
  <Link
    to="/learn/$courseId/$lectureId"
    params={{ courseId, lectureId: lesson._id }}
    className={`flex items-center gap-3 rounded-lg px-3 py-2.5 text-sm transition-colors ${current ? 'bg-accent-soft font-medium text-accent-ink' : 'hover:bg-sunken'}`}
  >
    <span
      className={`grid size-5 shrink-0 place-items-center rounded-full ${completed ? 'bg-good text-canvas' : 'border-2 border-line-strong/50'}`}
    >
      {completed && <Icon name="check" className="size-3.5" />}
    </span>
    <span className="min-w-0 flex-1">
      {lesson.lectureTitle}
      {completed && <span className="sr-only"> (completed)</span>}
    </span>
    {lesson.durationSeconds !== undefined && lesson.durationSeconds > 0 && (
      <span className="text-xs text-muted tabular-nums">{clock(lesson.durationSeconds)}</span>
    )}
  </Link>
)
