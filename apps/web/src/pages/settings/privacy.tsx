import { useQuery } from '@tanstack/react-query'
import { consent, useChangeConsent } from '../../api/consent.ts'
import { longDate } from '../../components/format.ts'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'

/** Whether the browser says with every request that nobody is to be followed; not every browser knows how. */
const browserSaysNo = () => 'globalPrivacyControl' in navigator && navigator.globalPrivacyControl === true

/** Whether a person is known by name in the statistics of their courses. */
export function Privacy() {
  const found = useQuery(consent)
  return (
    <Panel
      title="Privacy"
      lead="Those who teach a course see how its lectures are watched. What you watch counts in their numbers either way."
    >
      <Loaded query={found} what="what you have chosen" skeleton={<Skeleton className="h-12" />}>
        {({ personal, since }) => <Choice personal={personal} since={since} />}
      </Loaded>
    </Panel>
  )
}

type Props = { personal: boolean; since: string | null }

function Choice({ personal, since }: Props) {
  const change = useChangeConsent()
  return (
    <>
      <label className="flex items-start gap-3">
        <input
          type="checkbox"
          checked={change.isPending ? change.variables : personal}
          disabled={change.isPending}
          onChange={({ target }) => change.mutate(target.checked)}
          aria-describedby="privacy-effect"
          className="mt-0.5 size-5 shrink-0 accent-accent"
        />
        <span className="text-sm font-medium">Statistics may show what I do under my name</span>
      </label>
      <p id="privacy-effect" role="status" className="mt-2 ml-8 text-sm text-muted">
        {personal
          ? 'Instructors can see that you have not been there for a while, and write to you. Take it back, and what statistics keep about you is removed at once.'
          : `Nothing that statistics keep says what you watched, since ${since === null ? 'the beginning' : longDate(since)}. What your courses need to know, such as what you have completed, is kept apart from this.`}
      </p>
      {personal && browserSaysNo() && (
        <p className="mt-2 ml-8 text-sm">
          Your browser asks not to be followed (Global Privacy Control), so what you watch with it is not
          under your name as it is.
        </p>
      )}
      {change.error && <Problem error={change.error} className="mt-4" />}
    </>
  )
}
