import { ButtonLink } from '../../components/button.tsx'

/** The way to what one can show of the own learning. */
export const LearningTime = () => (
  <section aria-labelledby="learning-time" className="card mt-6 max-w-2xl p-5 sm:p-6">
    <h2 id="learning-time" className="font-semibold">
      Learning time
    </h2>
    <p className="mt-1 text-sm text-muted">
      Your hours by week and by course, as a signed report for an employer or a school. They can check that
      nobody has changed it.
    </p>
    <div className="mt-4 flex flex-wrap gap-2">
      <ButtonLink to="/learning-time" look="secondary">
        See my learning time
      </ButtonLink>
      <ButtonLink to="/verify" look="ghost">
        Check a report
      </ButtonLink>
    </div>
  </section>
)
