import type { CourseDiff } from '@aetherlearn/contracts/course/publishing'

const list = (titles: string[]) => titles.map((title) => `“${title}”`).join(', ')

/** What students would see change, in sentences. */
function sentences(diff: CourseDiff): string[] {
  const parts = (found: { kind: string; title: string }[], verb: string) =>
    (['section', 'lecture'] as const).flatMap((kind) => {
      const titles = found.filter((part) => part.kind === kind).map(({ title }) => title)
      if (titles.length === 0) return []
      return [`${titles.length === 1 ? `The ${kind}` : `The ${kind}s`} ${list(titles)} ${verb}`]
    })
  return [
    ...diff.details.map(({ field, to }) => `The ${field} becomes “${to ?? 'nothing'}”`),
    ...parts(diff.added, 'added'),
    ...parts(diff.removed, 'taken out'),
    ...diff.renamed.map(({ kind, from, to }) => `The ${kind} “${from}” is now “${to}”`),
    ...parts(diff.moved, 'moved'),
    ...parts(diff.replaced, 'with a new video'),
  ]
}

export function Changes({ diff, none }: { diff: CourseDiff; none: string }) {
  const told = sentences(diff)
  if (told.length === 0) return <p className="text-sm text-muted">{none}</p>
  return (
    <ul className="list-disc space-y-1 pl-5 text-sm">
      {told.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  )
}
