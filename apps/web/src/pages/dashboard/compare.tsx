import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { comparison } from '../../api/comparison.ts'
import { EmptyState } from '../../components/empty-state.tsx'
import { Field, Select } from '../../components/field.tsx'
import { Loaded, Panel } from '../../components/panel.tsx'
import { ComparisonTables } from './comparison-tables.tsx'
import { isWhole, lastDays, type Days, type Pair } from './periods.ts'

const presets = [7, 28, 90, 182] as const
const OWN = 'own'

/** Two periods side by side; the last days and as many before them, unless others are asked for. */
export function Compare({ courseId }: { courseId: string }) {
  const [choice, setChoice] = useState('7')
  const [pair, setPair] = useState<Pair>(() => lastDays(7, new Date()))
  const query = useQuery({ ...comparison(courseId, pair), enabled: isWhole(pair) })
  const choose = (chosen: string) => {
    setChoice(chosen)
    if (chosen !== OWN) setPair(lastDays(Number(chosen), new Date()))
  }
  return (
    <Panel
      title="Compare two periods"
      lead="Days are those of UTC, and today is not over yet."
      controls={
        <Select
          label="Periods"
          hideLabel
          value={choice}
          onChange={({ target }) => choose(target.value)}
          options={[
            ...presets.map((days) => [String(days), `Last ${days} days and the ${days} before`] as const),
            [OWN, 'Days of your choice'],
          ]}
        />
      }
    >
      {choice === OWN && (
        <div className="mb-6 grid gap-4 sm:grid-cols-2">
          <DaysFields name="Period" days={pair.period} onChange={(period) => setPair({ ...pair, period })} />
          <DaysFields
            name="Compared with"
            days={pair.against}
            onChange={(against) => setPair({ ...pair, against })}
          />
        </div>
      )}
      {isWhole(pair) ? (
        <Loaded query={query} what="the comparison">
          {(found) => <ComparisonTables comparison={found} />}
        </Loaded>
      ) : (
        <EmptyState icon="chart" title="Choose both periods">
          Each needs a first and a last day, in this order.
        </EmptyState>
      )}
    </Panel>
  )
}

type DaysProps = { name: string; days: Days; onChange: (days: Days) => void }

const DaysFields = ({ name, days, onChange }: DaysProps) => (
  <fieldset className="rounded-xl border border-line p-4">
    <legend className="px-1 text-sm font-medium">{name}</legend>
    <div className="flex flex-wrap gap-3">
      <Field
        label="First day"
        type="date"
        value={days.from}
        onChange={({ target }) => onChange({ ...days, from: target.value })}
        className="min-w-36 flex-1"
      />
      <Field
        label="Last day"
        type="date"
        value={days.to}
        onChange={({ target }) => onChange({ ...days, to: target.value })}
        className="min-w-36 flex-1"
      />
    </div>
  </fieldset>
)
