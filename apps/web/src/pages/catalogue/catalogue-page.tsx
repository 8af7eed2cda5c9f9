import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { catalogue } from '../../api/queries.ts'
import { CourseCard, cardLink } from '../../components/course-card.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Field } from '../../components/field.tsx'
import { count, duration } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { CardSkeletons } from '../../components/skeleton.tsx'
import { categoriesOf, matching } from './filter.ts'

/** Everything that can be learned here. */
export function CataloguePage() {
  const found = useQuery(catalogue)
  return (
    <Page title="Learn something new" lead="Courses you watch at your own pace, on any device.">
      {found.isPending && <CardSkeletons what="courses" />}
      {found.isError && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.length === 0 && (
        <EmptyState icon="film" title="No courses yet">
          The first ones will appear here as soon as an instructor publishes them.
        </EmptyState>
      )}
      {found.data !== undefined && found.data.length > 0 && <Catalogue courses={found.data} />}
    </Page>
  )
}

function Catalogue({ courses }: { courses: PublishedCourse[] }) {
  const [query, setQuery] = useState('')
  const [category, setCategory] = useState<string>()
  const shown = matching(courses, query, category)
  const categories = categoriesOf(courses)
  return (
    <>
      <div className="mb-6 flex flex-wrap items-center gap-3">
        <Field
          label="Search courses"
          hideLabel
          type="search"
          placeholder="Search courses"
          className="w-full sm:w-72"
          value={query}
          onChange={(event) => setQuery(event.target.value)}
        />
        {categories.length > 1 && (
          <div role="group" aria-label="Categories" className="flex flex-wrap gap-2">
            {categories.map((name) => (
              <button
                key={name}
                type="button"
                aria-pressed={name === category}
                onClick={() => setCategory(name === category ? undefined : name)}
                className="rounded-full border border-line bg-surface px-3 py-1.5 text-sm text-muted transition-colors
                  hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-ink"
              >
                {name}
              </button>
            ))}
          </div>
        )}
      </div>
      {shown.length === 0 && (
        <EmptyState icon="search" title="No course matches">
          Try fewer words, or another category.
        </EmptyState>
      )}
      <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
        {shown.map((course) => (
          <CatalogueCard key={course._id} course={course} />
        ))}
      </div>
    </>
  )
}

const CatalogueCard = ({ course }: { course: PublishedCourse }) => (
  <CourseCard
    courseId={course._id}
    category={course.category}
    title={
      <Link to="/courses/$courseId" params={{ courseId: course._id }} className={cardLink}>
        {course.title}
      </Link>
    }
  >
    {course.subtitle !== '' && <p className="mb-3 line-clamp-2">{course.subtitle}</p>}
    <p>
      {count(course.totalLectures, 'lecture')} · {duration(course.durationSeconds)}
    </p>
  </CourseCard>
)
