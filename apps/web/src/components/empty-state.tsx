import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

type Props = { icon: IconName; title: string; children?: ReactNode; action?: ReactNode }

/** Nothing here yet, why, and what to do about it. */
export const EmptyState = ({ icon, title, children, action }: Props) => (
  <div className="flex flex-col items-center rounded-2xl border border-dashed border-line px-6 py-14 text-center">
    <span className="grid size-12 place-items-center rounded-2xl bg-accent-soft text-accent-ink">
      <Icon name={icon} className="size-6" />
    </span>
    <h2 className="mt-4 font-semibold">{title}</h2>
    {children !== undefined && <p className="mt-1 max-w-sm text-sm text-muted">{children}</p>}
    {action !== undefined && <div className="mt-5">{action}</div>}
  </div>
)
