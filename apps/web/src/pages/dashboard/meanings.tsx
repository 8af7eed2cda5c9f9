import { definitions } from '@aetherlearn/contracts/analytics/definitions'

type Props = {
  /** What the page calls a number → its name in the definitions. */
  of: Readonly<Record<string, keyof typeof definitions>>
}

/** What the numbers of a table or a chart mean, in the words of the API. */
export const Meanings = ({ of }: Props) => (
  <details className="mt-4 text-sm">
    <summary className="w-fit text-muted hover:text-ink">What these numbers mean</summary>
    <dl className="mt-3 grid gap-x-8 gap-y-3 sm:grid-cols-2">
      {Object.entries(of).map(([label, name]) => (
        <div key={label}>
          <dt className="font-medium">{label}</dt>
          <dd className="mt-0.5 text-muted">{definitions[name]}</dd>
        </div>
      ))}
    </dl>
  </details>
)
