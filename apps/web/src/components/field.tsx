import { useId, type ComponentProps } from 'react'

type Props = ComponentProps<'input'> & {
  label: string
  hint?: string
  error?: string | undefined
  hideLabel?: boolean
}

/** A text field with its label; what is wrong with it is read out together with its name. */
export function Field({ label, hint, error, hideLabel = false, className = '', ...input }: Props) {
  const id = useId()
  const note = error ?? hint
  return (
    <div className={className}>
      <label htmlFor={id} className={hideLabel ? 'sr-only' : 'mb-1.5 block text-sm font-medium'}>
        {label}
      </label>
      <input
        {...input}
        id={id}
        aria-invalid={error !== undefined}
        {...(note === undefined ? {} : { 'aria-describedby': `${id}-note` })}
        className={`h-10 w-full rounded-lg border bg-surface px-3 text-sm placeholder:text-muted/70
          ${error === undefined ? 'border-line-strong/45 hover:border-line-strong' : 'border-bad'}`}
      />
      {note !== undefined && (
        <p id={`${id}-note`} className={`mt-1.5 text-sm ${error === undefined ? 'text-muted' : 'text-bad'}`}>
          {note}
        </p>
      )}
    </div>
  )
}
