import { courses } from '../../api/clients.ts'
import { AddForm } from './add-form.tsx'

export const AddSection = ({ courseId }: { courseId: string }) => (
  <div className="rounded-2xl border border-dashed border-line p-4">
    <AddForm
      courseId={courseId}
      label="Section title"
      placeholder="New section"
      submit="Add section"
      add={(sectionTitle) => courses.addSection({ params: { courseId }, body: { sectionTitle } })}
    />
  </div>
)
