import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { exportedFile, type ExportKind } from '../../api/statistics-export.ts'
import { Button } from '../../components/button.tsx'
import { Field, Select } from '../../components/field.tsx'
import { Icon } from '../../components/icon.tsx'
import { Panel } from '../../components/panel.tsx'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'
import { lastDays, limitsOf, type Days } from './periods.ts'

type Format = { kind: ExportKind; button: string; file: string; what: string }
const formats: Format[] = [
  {
    kind: 'csv',
    button: 'Export CSV',
    file: 'course-statistics.csv',
    what: 'A row for each day and lecture, for spreadsheets',
  },
  {
    kind: 'days',
    button: 'Export Parquet by day',
    file: 'course-statistics.parquet',
    what: 'The same numbers for data tools such as DuckDB or pandas',
  },
  {
    kind: 'playbacks',
    button: 'Export Parquet',
    file: 'course-playbacks.parquet',
    what: 'A row for each playback, with the stretches that were watched',
  },
  {
    kind: 'xapi',
    button: 'Export xAPI',
    file: 'course-statements.json',
    what: 'Every playback as statements for a learning record store',
  },
]

const [ALL, OWN] = ['all', 'own']
const everything: Days = { from: '', to: '' }
const presets = [7, 28, 90, 365] as const

/** The numbers as files, for other programs. */
export function ExportButtons({ courseId }: { courseId: string }) {
  const [choice, setChoice] = useState<string>(ALL)
  const [days, setDays] = useState(everything)
  const isBackwards = days.from !== '' && days.to !== '' && days.to < days.from
  const choose = (chosen: string) => {
    setChoice(chosen)
    if (chosen === ALL) setDays(everything)
    else if (chosen !== OWN) setDays(lastDays(Number(chosen), new Date()).period)
  }
  return (
    <Panel
      title="Export"
      lead="Days are those of UTC."
      controls={
        <Select
          label="Days to export"
          hideLabel
          value={choice}
          onChange={({ target }) => choose(target.value)}
          options={[
            [ALL, 'All days'],
            ...presets.map((amount) => [String(amount), `Last ${amount} days`] as const),
            [OWN, 'Days of your choice'],
          ]}
        />
      }
    >
      {choice === OWN && (
        <div className="mb-5 flex flex-wrap gap-3">
          <Field
            label="First day"
            type="date"
            value={days.from}
            onChange={({ target }) => setDays({ ...days, from: target.value })}
            className="w-full sm:w-44"
          />
          <Field
            label="Last day"
            type="date"
            value={days.to}
            error={isBackwards ? 'is before the first day' : undefined}
            onChange={({ target }) => setDays({ ...days, to: target.value })}
            className="w-full sm:w-44"
          />
        </div>
      )}
      <ul aria-label="Files" className="grid gap-x-8 gap-y-4 sm:grid-cols-2">
        {formats.map((format) => (
          <FileButton key={format.kind} {...{ courseId, format, days }} disabled={isBackwards} />
        ))}
      </ul>
    </Panel>
  )
}

type FileProps = { courseId: string; format: Format; days: Days; disabled: boolean }

function FileButton({ courseId, format, days, disabled }: FileProps) {
  const { kind, button, file, what } = format
  const save = useMutation({
    mutationFn: async () => saveFile(await exportedFile(kind, courseId, limitsOf(days)), file),
  })
  return (
    <li className="min-w-0">
      <Button look="secondary" busy={save.isPending} disabled={disabled} onClick={() => save.mutate()}>
        <Icon name="download" className="size-4" /> {button}
      </Button>
      <p className="mt-1.5 text-sm text-muted">{what}</p>
      {save.error !== null && <Problem error={save.error} className="mt-2" />}
    </li>
  )
}
