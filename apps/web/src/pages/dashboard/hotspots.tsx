import type { Hotspot } from '@aetherlearn/contracts/analytics/lectures'
import { clock } from '../../components/format.ts'

const kinds = {
  rewatched: { name: 'Watched again', dot: 'bg-accent' },
  skipped: { name: 'Skipped', dot: 'bg-line-strong' },
  left: { name: 'Left', dot: 'bg-bad' },
} as const

/** The stretches that stand out, in words; the marks below the chart have their colours. */
export const Hotspots = ({ hotspots }: { hotspots: Hotspot[] }) => (
  <div className="mt-6">
    <h3 className="text-sm font-semibold">What stands out</h3>
    {hotspots.length === 0 ? (
      <p className="mt-2 text-sm text-muted">
        Nothing: students watch this lecture evenly, from its beginning to its end.
      </p>
    ) : (
      <ul aria-label="Hotspots" className="mt-3 grid gap-3 md:grid-cols-2">
        {hotspots.map(({ from, to, kind, reason }) => (
          <li key={`${kind} ${from}`} className="flex gap-3 rounded-xl bg-sunken p-3 text-sm">
            <span aria-hidden="true" className={`mt-1.5 size-2.5 shrink-0 rounded-full ${kinds[kind].dot}`} />
            <div>
              <p className="font-medium">
                {kinds[kind].name} · {clock(from)} to {clock(to)}
              </p>
              <p className="mt-0.5 text-muted">{reason}</p>
            </div>
          </li>
        ))}
      </ul>
    )}
  </div>
)
