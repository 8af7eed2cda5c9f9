import { useQuery } from '@tanstack/react-query'
import { settings } from '../../api/settings.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { useUser } from '../../session/session.ts'
import { LearningTime } from './learning-time.tsx'
import { MessageSettings } from './message-settings.tsx'
import { OwnRecords } from './own-records.tsx'
import { Privacy } from './privacy.tsx'
import { TimeZoneForm } from './time-zone-form.tsx'

/** What a person decides about the own account. */
export function SettingsPage() {
  const found = useQuery(settings)
  return (
    <Page title="Settings" lead={useUser()?.email}>
      <section aria-labelledby="days" className="card max-w-2xl p-5 sm:p-6">
        <h2 id="days" className="font-semibold">
          Time zone
        </h2>
        <p className="mt-1 text-sm text-muted">
          Your days, and so your streak and your year of learning, begin and end at midnight there. Days that
          are over stay what they were.
        </p>
        {found.isPending && (
          <Loading what="your settings">
            <Skeleton className="mt-4 h-20" />
          </Loading>
        )}
        {found.isError && (
          <Problem error={found.error} onRetry={() => void found.refetch()} className="mt-4" />
        )}
        {found.data !== undefined && (
          <TimeZoneForm key={found.data.timeZone} timeZone={found.data.timeZone} />
        )}
      </section>
      <LearningTime />
      <Privacy />
      <MessageSettings />
      <OwnRecords />
    </Page>
  )
}
