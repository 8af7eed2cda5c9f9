import { useEffect, type ReactNode } from 'react'

/** Names the browser tab. */
export function useTitle(title: string | undefined) {
  useEffect(() => {
    document.title = title === undefined ? 'AetherLearn' : `${title} · AetherLearn`
  }, [title])
}

type Props = { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }

/** A page with its heading, and what can be done on it at the right. */
export function Page({ title, lead, actions, children }: Props) {
  useTitle(title)
  return (
    <>
      <header className="mb-8 flex flex-wrap items-end justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight sm:text-3xl">{title}</h1>
          {lead !== undefined && <div className="mt-1.5 text-muted">{lead}</div>}
        </div>
        {actions !== undefined && <div className="flex flex-wrap gap-2">{actions}</div>}
      </header>
      {children}
    </>
  )
}
