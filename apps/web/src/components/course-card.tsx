import type { ReactNode } from 'react'
import { CourseCover } from './course-cover.tsx'

type Props = {
  courseId: string
  thumbnailUrl?: string | undefined
  category: string
  /** A link; its clickable area is stretched over the whole card. */
  title: ReactNode
  children?: ReactNode
}

/** A course among others. */
export const CourseCard = ({ courseId, thumbnailUrl, category, title, children }: Props) => (
  <article
    className="card group relative flex flex-col overflow-hidden transition-transform duration-200
      focus-within:ring-2 focus-within:ring-accent hover:-translate-y-0.5"
  >
    <CourseCover
      courseId={courseId}
      {...(thumbnailUrl !== undefined && { thumbnailUrl })}
      className="aspect-[16/8]"
    />
    <div className="flex flex-1 flex-col p-5">
      <p className="text-xs font-medium text-accent-ink">{category}</p>
      <h2 className="mt-1 text-[1.05rem] leading-snug font-semibold">{title}</h2>
      <div className="mt-auto pt-3 text-sm text-muted">{children}</div>
    </div>
  </article>
)

/** Give this to the link in `title`. */
export const cardLink = 'outline-none after:absolute after:inset-0 group-hover:text-accent-ink'
