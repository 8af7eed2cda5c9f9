import type { Dashboard } from '@aetherlearn/contracts/analytics/dashboard'
import { EmptyState } from '../../components/empty-state.tsx'
import { duration, number, percent } from '../../components/format.ts'

type Step = Dashboard['engagementFunnel'][number]

/** How many students reach each lecture, in the order of the curriculum: a bar chart that is also a table. */
export function Funnel({ steps }: { steps: Step[] }) {
  if (steps.length === 0) {
    return (
      <EmptyState icon="chart" title="No lectures published yet">
        Publish the course, and this is where you see how far students get.
      </EmptyState>
    )
  }
  const most = Math.max(1, ...steps.map(({ uniqueStudents }) => uniqueStudents))
  return (
    <section aria-labelledby="funnel" className="card p-5 sm:p-6">
      <h2 id="funnel" className="font-semibold">
        Engagement funnel
      </h2>
      <p className="mt-1 max-w-3xl text-sm text-muted">
        Students: how many different people watched some of the lecture. Views: playback sessions. Drop-off:
        the share of the previous lecture’s students who did not reach this one.
      </p>
      <div tabIndex={0} role="region" aria-label="Funnel table" className="mt-5 overflow-x-auto rounded-lg">
        <table className="w-full min-w-[42rem] border-separate border-spacing-y-1 text-sm">
          <thead>
            <tr className="text-left text-xs text-muted">
              <th scope="col" className="w-56 pb-2 font-medium">
                Lecture
              </th>
              <th scope="col" className="pb-2 font-medium">
                Students
              </th>
              {['Views', 'Watch time', 'Drop-off'].map((title) => (
                <th key={title} scope="col" className="w-24 pb-2 text-right font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {steps.map((step, index) => (
              <StepRow key={step.lectureId} step={step} position={index + 1} most={most} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

const StepRow = ({ step, position, most }: { step: Step; position: number; most: number }) => (
  <tr>
    <th scope="row" className="max-w-56 py-1 pr-4 text-left font-normal">
      <span className="flex gap-2">
        <span className="text-muted tabular-nums">{position}</span>
        <span className="truncate" title={step.lectureTitle}>
          {step.lectureTitle}
        </span>
      </span>
    </th>
    <td className="py-1">
      <div className="flex items-center gap-3">
        <div className="h-7 flex-1 rounded-md bg-sunken">
          <div
            className="h-full min-w-1 rounded-md bg-accent transition-[width] duration-500"
            style={{ width: `${(step.uniqueStudents / most) * 100}%` }}
          />
        </div>
        <span className="w-12 font-semibold tabular-nums">{number(step.uniqueStudents)}</span>
      </div>
    </td>
    <td className="py-1 text-right tabular-nums">{number(step.views)}</td>
    <td className="py-1 text-right tabular-nums">{duration(step.watchTimeSeconds)}</td>
    <td
      className={`py-1 text-right tabular-nums ${step.dropOffPercent >= 50 ? 'font-medium text-bad' : 'text-muted'}`}
    >
      {percent(step.dropOffPercent)}
    </td>
  </tr>
)
