import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { clock, count } from '../../components/format.ts'
import { Icon } from '../../components/icon.tsx'

/** What the course consists of. */
export const Curriculum = ({ sections }: Pick<PublishedCourse, 'sections'>) => (
  <section aria-labelledby="curriculum" className="mt-10">
    <h2 id="curriculum" className="text-lg font-semibold">
      What you will watch
    </h2>
    <ol className="mt-4 space-y-4">
      {sections.map((section) => (
        <li key={section._id} className="card overflow-hidden">
          <div className="flex items-baseline justify-between gap-4 border-b border-line bg-sunken/60 px-5 py-3">
            <h3 className="font-medium">{section.sectionTitle}</h3>
            <span className="text-sm whitespace-nowrap text-muted">
              {count(section.lectures.length, 'lecture')}
            </span>
          </div>
          <ol className="divide-y divide-line">
            {section.lectures.map((lecture) => (
              <li key={lecture._id} className="flex items-center gap-3 px-5 py-3 text-sm">
                <Icon
                  name={lecture.package === undefined ? 'play' : 'package'}
                  className="size-4 text-muted"
                />
                <span className="min-w-0 flex-1">{lecture.lectureTitle}</span>
                <span className="text-muted tabular-nums">
                  {lecture.package === undefined ? clock(lecture.durationSeconds) : 'Interactive'}
                </span>
              </li>
            ))}
          </ol>
        </li>
      ))}
    </ol>
  </section>
)
