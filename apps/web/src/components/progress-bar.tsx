type Props = {
  label: string
  /** Undefined: nobody knows how far it is. */
  percent: number | undefined
  className?: string
}

/** A bar with a name; the number itself stands wherever the design wants it. */
export const ProgressBar = ({ label, percent, className = 'h-1.5' }: Props) => (
  <div
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    {...(percent !== undefined && { 'aria-valuenow': Math.round(percent) })}
    className={`overflow-hidden rounded-full bg-sunken ${className}`}
  >
    {percent === undefined ? (
      <div className="h-full w-1/4 animate-pulse rounded-full bg-line-strong/60" />
    ) : (
      <div
        className="h-full rounded-full bg-accent transition-[width] duration-500"
        style={{ width: `${Math.min(Math.max(percent, 0), 100)}%` }}
      />
    )}
  </div>
)
