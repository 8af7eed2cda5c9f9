import { createLink } from '@tanstack/react-router'
import type { ComponentProps } from 'react'
import { Spinner } from './spinner.tsx'

const looks = {
  primary: 'bg-accent text-white hover:bg-accent-hover shadow-sm',
  secondary: 'border border-line bg-surface text-ink hover:bg-sunken',
  ghost: 'text-muted hover:bg-sunken hover:text-ink',
  danger: 'border border-line bg-surface text-bad hover:bg-bad-soft',
} as const
const sizes = {
  small: 'h-8 px-3 text-sm gap-1.5',
  medium: 'h-10 px-4 text-sm gap-2',
  large: 'h-12 px-6 gap-2',
} as const

type Look = { look?: keyof typeof looks; size?: keyof typeof sizes }

/** The classes of a button, for what must be another element, such as the label of a file input. */
export const buttonClasses = ({ look = 'primary', size = 'medium' }: Look) =>
  `inline-flex items-center justify-center rounded-lg font-medium whitespace-nowrap transition-colors
   disabled:cursor-not-allowed disabled:opacity-60 ${looks[look]} ${sizes[size]}`

type ButtonProps = ComponentProps<'button'> & Look & { busy?: boolean }

/** While busy it shows a spinner, keeps its name and takes no clicks. */
export function Button({ look, size, busy = false, className = '', children, ...rest }: ButtonProps) {
  const classes = `${buttonClasses({ ...(look && { look }), ...(size && { size }) })} ${className}`
  return (
    <button
      type="button"
      {...rest}
      className={classes}
      disabled={rest.disabled === true || busy}
      aria-busy={busy}
    >
      {busy && <Spinner className="size-4" />}
      {children}
    </button>
  )
}

function Anchor({ look, size, className = '', ...rest }: ComponentProps<'a'> & Look) {
  return (
    <a
      {...rest}
      className={`${buttonClasses({ ...(look && { look }), ...(size && { size }) })} ${className}`}
    />
  )
}

/** A link that looks like a button. */
export const ButtonLink = createLink(Anchor)
