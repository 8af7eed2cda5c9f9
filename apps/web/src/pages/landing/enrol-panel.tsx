import type { PublishedCourse } from '@aetherlearn/contracts/course/shapes'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { courses } from '../../api/clients.ts'
import { enrolled } from '../../api/queries.ts'
import { Button, ButtonLink } from '../../components/button.tsx'
import { money } from '../../components/course-words.ts'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { useUser } from '../../session/session.ts'

type Props = { course: PublishedCourse }

/** The way into the course, for whoever is looking. */
export function EnrolPanel({ course }: Props) {
  const user = useUser()
  return (
    <div className="space-y-3 p-5">
      {user === undefined && <Visitor course={course} />}
      {user !== undefined && user.id === course.creator && <Creator course={course} />}
      {user !== undefined && user.id !== course.creator && <Student course={course} />}
    </div>
  )
}

const Visitor = ({ course }: Props) => (
  <>
    <ButtonLink to="/signin" search={{ next: `/courses/${course._id}` }} size="large" className="w-full">
      Sign in to enrol
    </ButtonLink>
    <PriceNote course={course} />
  </>
)

const Creator = ({ course }: Props) => (
  <>
    <p className="text-sm text-muted">You teach this course.</p>
    <ButtonLink to="/teach/$courseId" params={{ courseId: course._id }} className="w-full">
      Edit course
    </ButtonLink>
    <ButtonLink
      to="/teach/$courseId/dashboard"
      params={{ courseId: course._id }}
      look="secondary"
      className="w-full"
    >
      Dashboard
    </ButtonLink>
  </>
)

function Student({ course }: Props) {
  const queryClient = useQueryClient()
  const mine = useQuery(enrolled)
  const enrol = useMutation({
    mutationFn: () => courses.enroll({ params: { courseId: course._id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: enrolled.queryKey }),
  })
  if (mine.isPending) return <Skeleton className="h-12" />
  if (mine.data?.some(({ _id }) => _id === course._id)) {
    return (
      <>
        <p className="flex items-center gap-2 text-sm text-good">
          <Icon name="check" className="size-4" /> You are enrolled
        </p>
        <ButtonLink to="/learn/$courseId" params={{ courseId: course._id }} size="large" className="w-full">
          <Icon name="play" filled className="size-4" /> Start learning
        </ButtonLink>
      </>
    )
  }
  return (
    <>
      <Button size="large" className="w-full" busy={enrol.isPending} onClick={() => enrol.mutate()}>
        Enrol
      </Button>
      {enrol.error && <Problem error={enrol.error} />}
      <PriceNote course={course} />
    </>
  )
}

/** Enrolling takes no payment: a price is told, and settled elsewhere. */
const PriceNote = ({ course }: Props) => (
  <p className="text-center text-sm text-muted">
    {course.price === 0
      ? 'Free. Leave whenever you like.'
      : `${money(course.price, course.currency)}. No payment is taken here.`}
  </p>
)
