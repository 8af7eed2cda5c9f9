/** The shape of what is being loaded. */
export const Skeleton = ({ className }: { className: string }) => (
  <div aria-hidden="true" className={`animate-pulse rounded-lg bg-sunken ${className}`} />
)

/** Tells those who do not see skeletons that something is being loaded. */
export const Loading = ({ what, children }: { what: string; children: React.ReactNode }) => (
  <div role="status" aria-label={`Loading ${what}`}>
    {children}
  </div>
)

export const CardSkeletons = ({ what, amount = 6 }: { what: string; amount?: number }) => (
  <Loading what={what}>
    <div className="grid gap-6 sm:grid-cols-2 lg:grid-cols-3">
      {Array.from({ length: amount }, (_, index) => (
        <div key={index} className="card overflow-hidden">
          <Skeleton className="aspect-[16/8] rounded-none" />
          <div className="space-y-3 p-5">
            <Skeleton className="h-3 w-20" />
            <Skeleton className="h-5 w-4/5" />
            <Skeleton className="h-4 w-2/5" />
          </div>
        </div>
      ))}
    </div>
  </Loading>
)
