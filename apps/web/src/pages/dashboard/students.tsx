import { definitions } from '@aetherlearn/contracts/analytics/definitions'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { nudges } from '../../api/messages.ts'
import { atRisk, cohorts } from '../../api/student-statistics.ts'
import { Loaded, Panel } from '../../components/panel.tsx'
import { AtRisk } from './at-risk.tsx'
import { Cohorts } from './cohorts.tsx'
import { SentNudges } from './sent-nudges.tsx'

/** As many of the students at risk as are shown at first, and whenever more are asked for. */
const amounts = [10, 100, 500] as const

/** Who may be about to give up, and how those who began together get on. */
export function Students({ courseId }: { courseId: string }) {
  const [step, setStep] = useState(0)
  const limit = amounts[step] ?? amounts[0]
  const risks = useQuery(atRisk(courseId, limit))
  const groups = useQuery(cohorts(courseId))
  const sent = useQuery(nudges(courseId))
  return (
    <div className="space-y-8">
      <Panel
        title="Students at risk"
        lead={`${definitions.atRisk} The more reasons, the higher in the list.`}
      >
        <Loaded query={risks} what="the students">
          {(found) => (
            <AtRisk
              courseId={courseId}
              found={found}
              nudges={sent.data?.nudges ?? []}
              busy={risks.isFetching}
              onMore={step + 1 < amounts.length ? () => setStep(step + 1) : undefined}
            />
          )}
        </Loaded>
      </Panel>
      <Panel title="Messages sent" lead="To students at risk, once in seven days at most, whoever writes.">
        <Loaded query={sent} what="the messages">
          {(found) => <SentNudges nudges={found.nudges} />}
        </Loaded>
      </Panel>
      <Panel
        title="By month of enrolment"
        lead="Of those who enrolled in a month: how far they are, and how many were active in each week after they enrolled."
      >
        <Loaded query={groups} what="the months">
          {(found) => <Cohorts cohorts={found.cohorts} />}
        </Loaded>
      </Panel>
    </div>
  )
}
