import type { CourseCard as Card } from '@aetherlearn/contracts/course/catalogue'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import { search as searchQuery } from '../../api/queries.ts'
import { Button } from '../../components/button.tsx'
import { CourseCard, cardLink } from '../../components/course-card.tsx'
import { levelNames, money } from '../../components/course-words.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, duration } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { CardSkeletons } from '../../components/skeleton.tsx'
import { Filters } from './filters.tsx'
import { queryOf } from './search.ts'

const route = getRouteApi('/')

/** Everything that can be learned here. What is searched for stands in the address, so that it can be shared. */
export function CataloguePage() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const found = useInfiniteQuery({ ...searchQuery(queryOf(search)), placeholderData: keepPreviousData })
  const [first] = found.data?.pages ?? []
  const courses = found.data?.pages.flatMap((page) => page.courses) ?? []
  const isNarrowed = Object.keys(search).length > 0
  return (
    <Page title="Learn something new" lead="Courses you watch at your own pace, on any device.">
      <Filters
        search={search}
        facets={first?.facets}
        onChange={(to) => void navigate({ search: to, replace: true, resetScroll: false })}
      />
      {found.isPending && <CardSkeletons what="courses" />}
      {found.isError && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {first?.total === 0 && <Nothing isNarrowed={isNarrowed} />}
      {first !== undefined && first.total > 0 && isNarrowed && (
        <p role="status" className="mb-4 text-sm text-muted">
          {count(first.total, 'course')} found
        </p>
      )}
      <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
        {courses.map((course) => (
          <CatalogueCard key={course._id} course={course} />
        ))}
      </div>
      {found.hasNextPage && (
        <div className="mt-8 text-center">
          <Button look="secondary" busy={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Page>
  )
}

const Nothing = ({ isNarrowed }: { isNarrowed: boolean }) =>
  isNarrowed ? (
    <EmptyState icon="search" title="No course matches">
      Try fewer words, or another category.
    </EmptyState>
  ) : (
    <EmptyState icon="film" title="No courses yet">
      The first ones will appear here as soon as an instructor publishes them.
    </EmptyState>
  )

const CatalogueCard = ({ course }: { course: Card }) => (
  <CourseCard
    courseId={course._id}
    thumbnailUrl={course.thumbnailUrl}
    category={course.category}
    title={
      <Link to="/courses/$courseId" params={{ courseId: course._id }} className={cardLink}>
        {course.title}
      </Link>
    }
  >
    {course.subtitle !== '' && <p className="mb-3 line-clamp-2">{course.subtitle}</p>}
    <p>
      {count(course.totalLectures, 'lecture')} ·{' '}
      {course.durationSeconds > 0 && `${duration(course.durationSeconds)} · `}
      {levelNames[course.level]}
    </p>
    <p className="mt-1 font-medium text-ink">{money(course.price, course.currency)}</p>
  </CourseCard>
)
