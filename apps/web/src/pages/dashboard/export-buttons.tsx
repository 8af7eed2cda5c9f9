import { useMutation } from '@tanstack/react-query'
import { exportedCsv, exportedXapi } from '../../api/statistics-export.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'

/** The numbers as files, for other programs. */
export function ExportButtons({ courseId }: { courseId: string }) {
  const csv = useMutation({
    mutationFn: async () => saveFile(await exportedCsv(courseId), 'course-statistics.csv'),
  })
  const xapi = useMutation({
    mutationFn: async () => saveFile(await exportedXapi(courseId), 'course-statements.json'),
  })
  const error = csv.error ?? xapi.error
  return (
    <section aria-labelledby="export" className="card flex flex-wrap items-center gap-x-6 gap-y-4 p-5 sm:p-6">
      <div className="min-w-0 flex-1 basis-72">
        <h2 id="export" className="font-semibold">
          Export
        </h2>
        <p className="mt-1 text-sm text-muted">
          A row for each day and lecture as CSV, or every playback as xAPI statements for a learning record
          store.
        </p>
      </div>
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" busy={csv.isPending} onClick={() => csv.mutate()}>
          <Icon name="download" className="size-4" /> Export CSV
        </Button>
        <Button look="secondary" busy={xapi.isPending} onClick={() => xapi.mutate()}>
          <Icon name="download" className="size-4" /> Export xAPI
        </Button>
      </div>
      {error !== null && <Problem error={error} className="w-full" />}
    </section>
  )
}
