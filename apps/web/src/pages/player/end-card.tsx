import { ButtonLink } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import type { Lesson } from './lessons.ts'

/** What to do after the last second. */
export const EndCard = ({ courseId, next }: { courseId: string; next: Lesson | undefined }) => (
  <div className="absolute inset-0 grid place-items-center bg-black/75 px-6 pb-14 text-center">
    <div>
      <p className="text-sm text-white/80">{next === undefined ? 'That was the last lecture' : 'Up next'}</p>
      <p className="mt-1 text-lg font-semibold sm:text-xl">
        {next === undefined ? 'Well done!' : next.lectureTitle}
      </p>
      <div className="mt-4">
        {next === undefined ? (
          <ButtonLink to="/learn">Back to my learning</ButtonLink>
        ) : (
          <ButtonLink to="/learn/$courseId/$lectureId" params={{ courseId, lectureId: next._id }}>
            Next lecture <Icon name="forward" className="size-4" />
          </ButtonLink>
        )}
      </div>
    </div>
  </div>
)
