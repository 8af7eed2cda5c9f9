import { Loading, Skeleton } from '../../components/skeleton.tsx'

export const PlayerSkeleton = () => (
  <Loading what="the course">
    <div className="grid gap-6 lg:grid-cols-[1fr_21rem]">
      <div className="space-y-4">
        <Skeleton className="aspect-video rounded-2xl" />
        <Skeleton className="h-8 w-2/3" />
      </div>
      <Skeleton className="h-96 rounded-2xl" />
    </div>
  </Loading>
)
