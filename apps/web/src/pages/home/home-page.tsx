import { useCompletionsLive } from '../../api/completion.ts'
import { useOwnDays } from '../../api/settings.ts'
import { Page } from '../../components/page.tsx'
import { useUser } from '../../session/session.ts'
import { Heatmap } from './heatmap.tsx'
import { MyCourses } from './my-courses.tsx'
import { Stats } from './stats.tsx'
import { UnreadMessages } from './unread-messages.tsx'

/** A student's own page. */
export function HomePage() {
  useOwnDays()
  useCompletionsLive()
  const firstName = useUser()?.fullName.split(' ')[0]
  return (
    <Page title="My learning" lead={`Good to see you, ${firstName}.`}>
      <UnreadMessages />
      <Stats />
      <h2 className="mt-10 mb-4 text-lg font-semibold">My courses</h2>
      <MyCourses />
      <div className="mt-10">
        <Heatmap />
      </div>
    </Page>
  )
}
