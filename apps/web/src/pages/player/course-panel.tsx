import type { CourseProgress } from '@aetherlearn/contracts/progress'
import type { ReactNode } from 'react'
import { ProgressBar } from '../../components/progress-bar.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Curriculum } from './curriculum.tsx'
import type { Chapter } from './lessons.ts'

export type PanelTab = 'lectures' | 'notes'

type Props = {
  courseId: string
  lectureId: string
  chapters: Chapter[]
  progress: CourseProgress | undefined
  tab: PanelTab
  onTab: (tab: PanelTab) => void
  /** Undefined: whoever looks is no student of the course. */
  notes: ReactNode
}

/** What stands beside the player: how far the course is, its lectures, and the student's notes. */
export function CoursePanel({ courseId, lectureId, chapters, progress, tab, onTab, notes }: Props) {
  const percent = progress?.completionPercentage ?? 0
  const completed = new Set(progress?.completedLectures)
  const lectures = (
    <Curriculum courseId={courseId} lectureId={lectureId} chapters={chapters} completed={completed} />
  )
  return (
    <aside aria-label="Course content" className="card h-fit overflow-hidden lg:sticky lg:top-24">
      <div className="border-b border-line p-5">
        <div className="flex items-baseline justify-between gap-3">
          <h2 className="font-semibold">Course content</h2>
          <span className="text-sm whitespace-nowrap text-muted tabular-nums">{percent} % complete</span>
        </div>
        <ProgressBar label="Course progress" percent={percent} className="mt-3 h-1.5" />
      </div>
      {notes === undefined ? (
        lectures
      ) : (
        <Tabs
          name="Beside the lecture"
          chosen={tab}
          onChoose={onTab}
          tabs={{
            lectures: { label: 'Lectures', panel: lectures },
            notes: { label: 'Notes', panel: notes },
          }}
        />
      )}
    </aside>
  )
}
