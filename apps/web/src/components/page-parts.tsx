import { Link, useLocation, type LinkProps } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'

type Part = Pick<LinkProps, 'to' | 'params'> & { title: string }
type Props = { name: string; parts: Part[] }

/** The way from one part of a page to another; each has an address, so these are links and no tabs. */
export function PageParts({ name, parts }: Props) {
  const row = useRef<HTMLElement>(null)
  const path = useLocation({ select: ({ pathname }) => pathname })
  useEffect(() => {
    const chosen = row.current?.querySelector('[aria-current=page]')
    chosen?.scrollIntoView({ block: 'nearest', inline: 'center' })
    // More parts may come when it is known who is looking.
  }, [path, parts.length])
  return (
    <nav
      ref={row}
      aria-label={name}
      // Of the two directions only the one is meant to move: the line below would make it move in the other as well.
      className="mb-8 flex scrolls-sideways gap-1 overflow-y-hidden border-b border-line"
    >
      {parts.map(({ title, ...link }) => (
        <Link
          key={title}
          {...link}
          activeOptions={{ exact: true }}
          className="-mb-px border-b-2 border-transparent px-3 py-2 text-sm font-medium whitespace-nowrap text-muted
            hover:text-ink focus-visible:-outline-offset-2 aria-[current=page]:border-accent
            aria-[current=page]:text-ink"
        >
          {title}
        </Link>
      ))}
    </nav>
  )
}
