import { definitions } from '@aetherlearn/contracts/analytics/definitions'
import type { KeptApart as Counts } from '@aetherlearn/contracts/analytics/dashboard'
import { count, duration } from '../../components/format.ts'

/** What the other numbers leave out, so that nobody has to wonder where it went. */
export function KeptApart({ counts }: { counts: Counts }) {
  const rows = [
    {
      label: 'Those who work on the course',
      value: `${count(counts.ownViews, 'view')}, ${duration(counts.ownWatchTimeSeconds)}`,
      definition: definitions.ownTraffic,
    },
    { label: 'Programs', value: count(counts.botReports, 'report'), definition: definitions.botReports },
    {
      label: 'Replayed',
      value: duration(counts.replayedSeconds),
      definition: definitions.replayedSeconds,
    },
  ]
  return (
    <details className="card px-5 py-4">
      <summary className="font-semibold">Left out of these numbers</summary>
      <dl className="mt-4 grid gap-x-8 gap-y-4 sm:grid-cols-3">
        {rows.map(({ label, value, definition }) => (
          <div key={label}>
            <dt className="text-sm text-muted">{label}</dt>
            <dd className="mt-0.5 font-semibold tabular-nums">{value}</dd>
            <dd className="mt-1 text-xs leading-relaxed text-muted">{definition}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
