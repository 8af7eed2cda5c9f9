import { useId, type ReactNode } from 'react'

export type LabelProps = {
  label: string
  hint?: string | undefined
  error?: string | undefined
  hideLabel?: boolean
}
/** What an input carries so that its label and its note are read out with it. */
export type Control = { id: string; 'aria-invalid': boolean; 'aria-describedby'?: string; className: string }

type Props = LabelProps & { className?: string | undefined; children: (control: Control) => ReactNode }

/** The label of an input and the note below it: what is wrong, or else a hint. */
export function Labelled({ label, hint, error, hideLabel = false, className = '', children }: Props) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={className}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1.5 block text-sm font-medium'}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': error !== undefined,
        ...(note === undefined ? {} : { 'aria-describedby': `${id}-note` }),
        className: `w-full rounded-lg border bg-surface px-3 text-sm placeholder:text-muted/70
          ${error === undefined ? 'border-line-strong/45 hover:border-line-strong' : 'border-bad'}`,
      })}
      {note !== undefined && (
        <p id={`${id}-note`} className={`mt-1.5 text-sm ${error === undefined ? 'text-muted' : 'text-bad'}`}>
          {note}
        </p>
      )}
    </div>
  )
}
