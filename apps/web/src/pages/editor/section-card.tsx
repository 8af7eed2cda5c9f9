import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { courses } from '../../api/clients.ts'
import { count } from '../../components/format.ts'
import { AddForm } from './add-form.tsx'
import { LectureRow } from './lecture-row.tsx'

type Props = {
  courseId: string
  section: CourseOutline['sections'][number]
  number: number
  percents: Record<string, number>
}

/** A section with its lectures. */
export const SectionCard = ({ courseId, section, number, percents }: Props) => (
  <section aria-labelledby={section._id} className="card overflow-hidden">
    <header className="flex items-baseline justify-between gap-4 border-b border-line bg-sunken/60 px-5 py-3.5">
      <h2 id={section._id} className="font-semibold">
        <span className="mr-2 text-muted tabular-nums">{number}</span>
        {section.sectionTitle}
      </h2>
      <span className="text-sm whitespace-nowrap text-muted">
        {count(section.lectures.length, 'lecture')}
      </span>
    </header>
    <ul className="divide-y divide-line">
      {section.lectures.map((lecture) => (
        <LectureRow key={lecture._id} lecture={lecture} percent={percents[lecture._id] ?? 0} />
      ))}
    </ul>
    <div className="border-t border-line p-4">
      <AddForm
        courseId={courseId}
        label={`Lecture title in ${section.sectionTitle}`}
        placeholder="New lecture"
        submit="Add lecture"
        add={(lectureTitle) =>
          courses.addLecture({ params: { sectionId: section._id }, body: { lectureTitle } })
        }
      />
    </div>
  </section>
)
