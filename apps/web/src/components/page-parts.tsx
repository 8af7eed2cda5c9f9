import { Link, type LinkProps } from '@tanstack/react-router'

type Part = Pick<LinkProps, 'to' | 'params'> & { title: string }
type Props = { name: string; parts: Part[] }

/** The way from one part of a page to another; each has an address, so these are links and no tabs. */
export const PageParts = ({ name, parts }: Props) => (
  // Of the two directions only the one is meant to move: the line below would make it move in the other as well.
  <nav aria-label={name} className="mb-8 flex gap-1 overflow-x-auto overflow-y-hidden border-b border-line">
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
