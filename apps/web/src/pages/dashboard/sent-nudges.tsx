import type { SentNudge } from '@aetherlearn/contracts/analytics/messages'
import { Badge } from '../../components/badge.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, longDate } from '../../components/format.ts'

const SHOWN = 20

/** Whether somebody was active again after they were written to. */
export const CameBack = ({ nudge: { cameBack } }: { nudge: SentNudge }) =>
  cameBack ? <Badge tone="good">Came back</Badge> : <Badge>Not back yet</Badge>

/** Who was written to, and who was active again afterwards. */
export function SentNudges({ nudges }: { nudges: SentNudge[] }) {
  if (nudges.length === 0) {
    return (
      <EmptyState icon="mail" title="Nobody was written to yet">
        Write to a student at risk, and see here whether they came back.
      </EmptyState>
    )
  }
  const back = nudges.filter(({ cameBack }) => cameBack).length
  return (
    <>
      <p className="text-sm">
        After {back} of {count(nudges.length, 'message')} the student was active again.
      </p>
      <ul aria-label="Messages sent" className="mt-4 divide-y divide-line border-y border-line">
        {nudges.slice(0, SHOWN).map((nudge) => (
          <li key={nudge._id} className="py-3 text-sm">
            <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span className="font-medium">{nudge.fullName ?? 'Somebody who has left'}</span>
              <span className="text-muted">
                {longDate(nudge.sentAt)}
                {nudge.senderName !== undefined && ` · by ${nudge.senderName}`}
              </span>
              <CameBack nudge={nudge} />
            </div>
            <details className="mt-1">
              <summary className="w-fit text-muted hover:text-ink">What was written</summary>
              <p className="mt-2 break-words whitespace-pre-line">{nudge.text}</p>
            </details>
          </li>
        ))}
      </ul>
    </>
  )
}
