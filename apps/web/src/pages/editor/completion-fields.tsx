import {
  completionWays,
  defaultCompletion,
  defaultPassingScore,
  LONGEST_SLACK_SECONDS,
  type CompletionRule,
  type CompletionWay,
} from '@aetherlearn/contracts/course/completion'
import { useState } from 'react'
import { Field, Select } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'

const wayNames: Record<CompletionWay, string> = {
  either: 'by its student or by watching',
  watching: 'by watching alone',
  hand: 'by its student alone',
  passing: 'by passing packages and questions',
}
const wayHints: Record<CompletionWay, string> = {
  either: 'Packages say themselves when they are done.',
  watching: 'Packages have to be gone through.',
  hand: 'Whatever was watched or done.',
  passing: 'Lectures with neither are completed by watching.',
}

type Props = { completion: CompletionRule | undefined; error: Error | null }

/** When the lectures of a course are completed. */
export function CompletionFields({ completion = defaultCompletion, error }: Props) {
  const [by, choose] = useState(completion.by)
  return (
    <div className="grid items-start gap-5 sm:grid-cols-3">
      <Select
        label="A lecture is completed"
        name="completedBy"
        className="sm:col-span-2"
        value={by}
        onChange={(event) => choose(wayOf(event.target.value))}
        options={completionWays.map((way) => [way, wayNames[way]] as const)}
        hint={wayHints[by]}
        error={fieldError(error, 'completion.by')}
      />
      <Field
        label="Watched, in percent"
        name="watchedPercent"
        type="number"
        min={10}
        max={100}
        step="any"
        defaultValue={percentOf(completion.watchedShare)}
        hint="Of the lecture’s length. Skipping ahead does not count."
        error={fieldError(error, 'completion.watchedShare')}
        required
      />
      <Field
        label="Credits at the end, in seconds"
        name="endSlackSeconds"
        type="number"
        min={0}
        max={LONGEST_SLACK_SECONDS}
        step="any"
        defaultValue={completion.endSlackSeconds ?? 0}
        hint="They need not be watched, and do not count as watched."
        error={fieldError(error, 'completion.endSlackSeconds')}
        required
      />
      {by === 'passing' && <PassingField {...{ completion, error }} />}
    </div>
  )
}

const PassingField = ({ completion = defaultCompletion, error }: Props) => (
  <Field
    label="Passed from, in percent"
    name="passingPercent"
    type="number"
    min={0}
    max={100}
    step="any"
    defaultValue={percentOf(completion.passingScore ?? defaultPassingScore)}
    hint="Of the points in a package, or in all questions of a lecture together."
    error={fieldError(error, 'completion.passingScore')}
    required
  />
)

const wayOf = (text: string): CompletionWay =>
  completionWays.find((known) => known === text) ?? defaultCompletion.by

/** 0.29 is 28.999999999999996 percent to a computer. */
const percentOf = (share: number) => Number((share * 100).toFixed(2))
const shareOf = (percent: string) => Number((Number(percent) / 100).toFixed(4))

export function completionOf(form: FormData): CompletionRule {
  const by = wayOf(textOf(form, 'completedBy'))
  const endSlackSeconds = Number(textOf(form, 'endSlackSeconds'))
  return {
    by,
    watchedShare: shareOf(textOf(form, 'watchedPercent')),
    ...(endSlackSeconds > 0 && { endSlackSeconds }),
    ...(by === 'passing' && { passingScore: shareOf(textOf(form, 'passingPercent')) }),
  }
}
