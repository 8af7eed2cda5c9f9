import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import type { Percents } from '../../api/use-outline.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { AddSection } from './add-section.tsx'
import { SectionCard } from './section-card.tsx'

type Props = { course: CourseOutline; percents: Percents }

/** The sections of a course in their order, each with its lectures. */
export const Curriculum = ({ course, percents }: Props) => (
  <div className="min-w-0 space-y-6">
    {course.sections.length === 0 && (
      <EmptyState icon="plus" title="Start with a section">
        Sections group the lectures of a course: a chapter, a week, a topic.
      </EmptyState>
    )}
    {course.sections.map((section, position) => (
      <SectionCard
        key={section._id}
        course={course}
        section={section}
        position={position}
        percents={percents}
      />
    ))}
    <AddSection courseId={course._id} />
  </div>
)
