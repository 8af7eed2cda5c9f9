import { timeOfDay } from '../../components/format.ts'

/** For when the numbers are true, and how they move. */
export const Freshness = ({ asOf, live }: { asOf: string; live: boolean }) => (
  <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
    <span className="relative flex size-2" aria-hidden="true">
      <span className="absolute inline-flex size-full animate-ping rounded-full bg-good opacity-60" />
      <span className="relative inline-flex size-2 rounded-full bg-good" />
    </span>
    Live · as of {timeOfDay(asOf)}, {live ? 'moves while students watch' : 'read again every 5 seconds'}
  </p>
)
