import type { ReactNode } from 'react'

type Props = {
  name: string
  /** The first is that of the rows' names; the others stand over numbers, at the right, unless `left` names them. */
  columns: readonly string[]
  left?: readonly string[]
  /** Below this width the table moves sideways by itself, not the page. */
  narrowest: 'sm' | 'md' | 'lg'
  children: ReactNode
}

const widths = { sm: 'min-w-[26rem]', md: 'min-w-[36rem]', lg: 'min-w-[46rem]' } as const

/** A table that can be moved sideways, by keys as well, where it is wider than the screen. */
export const Table = ({ name, columns, left = [], narrowest, children }: Props) => (
  <div
    tabIndex={0}
    role="region"
    aria-label={`${name} table`}
    className="scrolls-sideways rounded-lg focus-visible:-outline-offset-2"
  >
    <table className={`w-full text-sm ${widths[narrowest]}`}>
      <caption className="sr-only">{name}</caption>
      <thead>
        <tr className="text-xs text-muted">
          {columns.map((column, index) => (
            <th
              key={column}
              scope="col"
              className={`pb-2 font-medium ${index > 0 ? 'pl-4' : ''} ${index === 0 || left.includes(column) ? 'text-left' : 'text-right'}`}
            >
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line border-t border-line">{children}</tbody>
    </table>
  </div>
)

/** The name of a row; what does not fit in is told by the browser. */
export const RowName = ({ children }: { children: string }) => (
  <th scope="row" className="max-w-36 py-2 sm:max-w-56 pr-4 text-left font-normal">
    <span className="line-clamp-2" title={children}>
      {children}
    </span>
  </th>
)

type CellProps = { children: ReactNode; tone?: 'plain' | 'muted' | 'good' | 'bad' }
const tones = { plain: '', muted: 'text-muted', good: 'font-medium text-good', bad: 'font-medium text-bad' }

export const NumberCell = ({ children, tone = 'plain' }: CellProps) => (
  <td className={`py-2 pl-4 text-right whitespace-nowrap tabular-nums ${tones[tone]}`}>{children}</td>
)

/** A table that says in numbers what a drawing shows; closed until it is asked for. */
export const BehindTheChart = ({ summary, children }: { summary: string; children: ReactNode }) => (
  <details className="mt-4 border-t border-line pt-3">
    <summary className="w-fit text-sm text-muted hover:text-ink">{summary}</summary>
    <div className="mt-3 max-h-96 overflow-y-auto">{children}</div>
  </details>
)
