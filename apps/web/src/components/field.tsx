import type { ComponentProps } from 'react'
import { Labelled, type LabelProps } from './labelled.tsx'

/** A text field with its label; what is wrong with it is read out together with its name. */
export const Field = ({
  label,
  hint,
  error,
  hideLabel,
  className,
  ...input
}: ComponentProps<'input'> & LabelProps) => (
  <Labelled {...{ label, hint, error, className }} hideLabel={hideLabel ?? false}>
    {(control) => <input {...input} {...control} className={`${control.className} h-10`} />}
  </Labelled>
)

type AreaProps = ComponentProps<'textarea'> & LabelProps
/** A field for several lines. */
export const TextArea = ({ label, hint, error, hideLabel, className, ...area }: AreaProps) => (
  <Labelled {...{ label, hint, error, className }} hideLabel={hideLabel ?? false}>
    {(control) => <textarea {...area} {...control} className={`${control.className} py-2 leading-relaxed`} />}
  </Labelled>
)

type SelectProps = ComponentProps<'select'> &
  LabelProps & { options: readonly (readonly [value: string, text: string])[] }
/** One of a few, as the browser's own list. */
export const Select = ({ label, hint, error, hideLabel, className, options, ...select }: SelectProps) => (
  <Labelled {...{ label, hint, error, className }} hideLabel={hideLabel ?? false}>
    {(control) => (
      <select {...select} {...control} className={`${control.className} h-10`}>
        {options.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    )}
  </Labelled>
)
