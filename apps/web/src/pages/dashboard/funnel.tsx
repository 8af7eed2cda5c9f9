import type { FunnelStep } from '@aetherlearn/contracts/analytics/dashboard'
import { EmptyState } from '../../components/empty-state.tsx'
import { duration, number, percent } from '../../components/format.ts'
import { Panel } from '../../components/panel.tsx'
import { Meanings } from './meanings.tsx'
import { NumberCell, RowName, Table } from './table.tsx'

/** A step that loses so many is worth a look. */
const MUCH_PERCENT = 50

/** How many students reach each lecture, in the order of the curriculum: a bar chart that is also a table. */
export function Funnel({ steps }: { steps: FunnelStep[] }) {
  if (steps.length === 0) {
    return (
      <EmptyState icon="chart" title="No lectures published yet">
        Publish the course, and this is where you see how far students get.
      </EmptyState>
    )
  }
  const most = Math.max(1, ...steps.map(({ uniqueStudents }) => uniqueStudents))
  return (
    <Panel title="Engagement funnel" lead="How many students come to each lecture, in its order.">
      <Table
        name="Funnel"
        columns={['Lecture', 'Students', 'Views', 'Watch time', 'Drop-off']}
        left={['Students']}
        narrowest="md"
      >
        {steps.map((step, index) => (
          <StepRow key={step.lectureId} step={step} position={index + 1} most={most} />
        ))}
      </Table>
      <Meanings
        of={{
          Students: 'uniqueStudents',
          Views: 'views',
          'Watch time': 'totalWatchTimeSeconds',
          'Drop-off': 'dropOffPercent',
        }}
      />
    </Panel>
  )
}

const StepRow = ({ step, position, most }: { step: FunnelStep; position: number; most: number }) => (
  <tr>
    <RowName>{`${position}. ${step.lectureTitle}`}</RowName>
    <td className="w-2/5 py-1.5 pl-4">
      <div className="flex items-center gap-3">
        <span className="w-12 font-semibold tabular-nums">{number(step.uniqueStudents)}</span>
        <div className="h-6 flex-1 rounded-md bg-sunken">
          <div
            className="h-full min-w-1 rounded-md bg-accent transition-[width] duration-500"
            style={{ width: `${(step.uniqueStudents / most) * 100}%` }}
          />
        </div>
      </div>
    </td>
    <NumberCell>{number(step.views)}</NumberCell>
    <NumberCell>{duration(step.watchTimeSeconds)}</NumberCell>
    <NumberCell tone={step.dropOffPercent >= MUCH_PERCENT ? 'bad' : 'muted'}>
      {percent(step.dropOffPercent)}
    </NumberCell>
  </tr>
)
