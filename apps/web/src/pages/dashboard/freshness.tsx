import { timeOfDay } from '../../components/format.ts'

type Props = { asOf: string; storedAt: string | null; live: boolean }

/** For when the numbers are true, how they move, and up to when they are stored for good. */
export const Freshness = ({ asOf, storedAt, live }: Props) => (
  <p className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
    <span className="relative flex size-2" aria-hidden="true">
      <span className="absolute inline-flex size-full animate-ping rounded-full bg-good opacity-60" />
      <span className="relative inline-flex size-2 rounded-full bg-good" />
    </span>
    Live · as of {timeOfDay(asOf)}, {live ? 'moves while students watch' : 'read again every 5 seconds'}
    {storedAt !== null && <span>· last stored at {timeOfDay(storedAt)}</span>}
  </p>
)
