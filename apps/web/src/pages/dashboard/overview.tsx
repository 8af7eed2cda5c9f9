import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { dashboard } from '../../api/queries.ts'
import { Loaded } from '../../components/panel.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { ByDay, type Span } from './by-day.tsx'
import { ExportButtons } from './export-buttons.tsx'
import { Freshness } from './freshness.tsx'
import { Funnel } from './funnel.tsx'
import { KeptApart } from './kept-apart.tsx'
import { OverviewTiles } from './overview-tiles.tsx'

/** What students do with a course, as it happens. */
export function Overview({ courseId, live }: { courseId: string; live: boolean }) {
  const [days, setDays] = useState<Span>(30)
  const numbers = useQuery({ ...dashboard(courseId, live, days), placeholderData: keepPreviousData })
  return (
    <Loaded query={numbers} what="the numbers" skeleton={<OverviewSkeleton />}>
      {({ overview, engagementFunnel, byDay }) => (
        <div className="space-y-8">
          <OverviewTiles overview={overview} />
          <ByDay byDay={byDay} days={days} onDays={setDays} />
          <Funnel steps={engagementFunnel} />
          <KeptApart counts={overview.keptApart} />
          <ExportButtons courseId={courseId} />
          <Freshness asOf={overview.asOf} storedAt={overview.storedAt} live={live} />
        </div>
      )}
    </Loaded>
  )
}

const OverviewSkeleton = () => (
  <>
    <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-4">
      {Array.from({ length: 4 }, (_, index) => (
        <Skeleton key={index} className="h-36" />
      ))}
    </div>
    <Skeleton className="mt-8 h-72" />
  </>
)
