import type { CourseOutline } from '@aetherlearn/contracts/course/shapes'
import { useState } from 'react'
import { courses } from '../../api/clients.ts'
import type { Percents } from '../../api/use-outline.ts'
import { ActionMenu } from '../../components/action-menu.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { count } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { AddForm } from './add-form.tsx'
import { LectureRow } from './lecture-row.tsx'
import { RenameForm } from './rename-form.tsx'
import { useEdit } from './use-edit.ts'

type Section = CourseOutline['sections'][number]
type Props = {
  course: CourseOutline
  section: Section
  position: number
  percents: Percents
}

/** A section with its lectures. */
export const SectionCard = ({ course, section, position, percents }: Props) => (
  <section aria-labelledby={section._id} className="card">
    <SectionHeader course={course} section={section} position={position} />
    <ul className="divide-y divide-line">
      {section.lectures.map((lecture, index) => (
        <LectureRow
          key={lecture._id}
          course={course}
          lecture={lecture}
          position={index}
          percent={percents[lecture._id]}
        />
      ))}
    </ul>
    <div className="border-t border-line p-4">
      <AddForm
        courseId={course._id}
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

function SectionHeader({ course, section, position }: Omit<Props, 'percents'>) {
  const [doing, setDoing] = useState<'rename' | 'remove'>()
  const { sectionTitle, revision, lectures } = section
  const params = { sectionId: section._id }
  const stop = () => setDoing(undefined)
  const move = useEdit(course._id, (to: number) => courses.moveSection({ params, body: { position: to } }))
  return (
    <header className="rounded-t-2xl border-b border-line bg-sunken/60 px-5 py-2.5">
      <div className="flex items-center justify-between gap-3">
        {doing === 'rename' ? (
          <RenameForm
            courseId={course._id}
            label={`New title of ${sectionTitle}`}
            title={sectionTitle}
            rename={(title) => courses.changeSection({ params, body: { sectionTitle: title, revision } })}
            onClose={stop}
          />
        ) : (
          <h2 id={section._id} className="min-w-0 flex-1 py-1 font-semibold">
            <span className="mr-2 text-muted tabular-nums">{position + 1}</span>
            {sectionTitle}
          </h2>
        )}
        <span className="text-sm whitespace-nowrap text-muted">{count(lectures.length, 'lecture')}</span>
        <ActionMenu
          name={`Actions for ${sectionTitle}`}
          actions={[
            { label: 'Rename', run: () => setDoing('rename') },
            position > 0 ? { label: 'Move up', run: () => move.mutate(position - 1) } : undefined,
            position < course.sections.length - 1
              ? { label: 'Move down', run: () => move.mutate(position + 1) }
              : undefined,
            { label: 'Delete section', danger: true, run: () => setDoing('remove') },
          ]}
        />
      </div>
      {move.error && <Problem error={move.error} className="mt-3" />}
      {doing === 'remove' && <DeleteSection courseId={course._id} section={section} onClose={stop} />}
    </header>
  )
}

function DeleteSection({
  courseId,
  section,
  onClose,
}: Pick<Props, 'section'> & { courseId: string; onClose: () => void }) {
  const { _id: sectionId, sectionTitle, revision, lectures } = section
  const remove = useEdit(
    courseId,
    () => courses.deleteSection({ params: { sectionId }, query: { revision } }),
    onClose,
  )
  return (
    <Confirm
      title={`Delete “${sectionTitle}”?`}
      confirm="Delete section"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      It goes from the draft with {count(lectures.length, 'lecture')}. Students keep what is published until
      you publish again.
    </Confirm>
  )
}
