import { useQuery } from '@tanstack/react-query'
import { settings } from '../../api/settings.ts'
import { Page } from '../../components/page.tsx'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
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
      <div className="max-w-2xl space-y-6">
        <Panel
          title="Time zone"
          lead="Your days, and so your streak and your year of learning, begin and end at midnight there. Days that are over stay what they were."
        >
          <Loaded query={found} what="your settings" skeleton={<Skeleton className="h-20" />}>
            {({ timeZone }) => <TimeZoneForm key={timeZone} timeZone={timeZone} />}
          </Loaded>
        </Panel>
        <LearningTime />
        <Privacy />
        <MessageSettings />
        <OwnRecords />
      </div>
    </Page>
  )
}
