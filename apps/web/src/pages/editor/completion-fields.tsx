import {
  completionWays,
  defaultCompletion,
  type CompletionRule,
  type CompletionWay,
} from '@aetherlearn/contracts/course/completion'
import { Field, Select } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'

const wayNames: Record<CompletionWay, string> = {
  either: 'by its student or by watching',
  watching: 'by watching alone',
  hand: 'by its student alone',
  passing: 'by passing what it asks',
}

type Props = { completion: CompletionRule | undefined; error: Error | null }

/** When the lectures of a course are completed. */
export const CompletionFields = ({ completion = defaultCompletion, error }: Props) => (
  <div className="grid gap-5 sm:grid-cols-3">
    <Select
      label="A lecture is completed"
      name="completedBy"
      className="sm:col-span-2"
      defaultValue={completion.by}
      options={completionWays.map((way) => [way, wayNames[way]] as const)}
      error={fieldError(error, 'completion.by')}
    />
    <Field
      label="Watched, in percent"
      name="watchedPercent"
      type="number"
      min={10}
      max={100}
      step="any"
      defaultValue={percentOf(completion)}
      hint="Of the lecture’s length. Skipping ahead does not count."
      error={fieldError(error, 'completion.watchedShare')}
      required
    />
  </div>
)

/** 0.29 is 28.999999999999996 percent to a computer. */
const percentOf = ({ watchedShare }: CompletionRule) => Number((watchedShare * 100).toFixed(2))

export function completionOf(form: FormData): CompletionRule {
  const by = textOf(form, 'completedBy')
  return {
    by: completionWays.find((known) => known === by) ?? defaultCompletion.by,
    watchedShare: Number((Number(textOf(form, 'watchedPercent')) / 100).toFixed(4)),
  }
}
