import type { LearningExport } from '@aetherlearn/contracts/progress/export'
import type { Copier } from '../history/copier.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { HOLDINGS, type PersonalStore } from './store.ts'

export type ExportDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'rows'>
  buffer: Pick<PositionBuffer, 'read' | 'liveSpans' | 'dirtyCourses'>
  copier: Pick<Copier, 'entriesOf'>
}
type Heading = Pick<LearningExport, 'schemaVersion' | 'userId' | 'exportedAt'>

/** A `LearningExport` as JSON, piece by piece: a person may have tens of thousands of rows. */
export async function* exportOf(
  { personal, buffer, copier }: ExportDeps,
  heading: Heading,
): AsyncGenerator<string> {
  const { userId } = heading
  yield JSON.stringify(heading).slice(0, -1)
  // Redis first: what a flush moves meanwhile is then in both, never in neither.
  yield* section('unsaved', unsaved({ personal, buffer }, userId))
  yield `,"watching":${JSON.stringify(await buffer.liveSpans(userId))}`
  for (const holding of HOLDINGS) yield* section(holding.section, personal.rows(holding, userId))
  yield* section('history', copier.entriesOf(userId))
  yield '}\n'
}

async function* unsaved({ personal, buffer }: Omit<ExportDeps, 'copier'>, userId: string) {
  const courseIds = new Set([...(await personal.courseIds(userId)), ...(await buffer.dirtyCourses(userId))])
  for (const courseId of courseIds) {
    const snapshot = await buffer.read({ userId, courseId })
    if (snapshot !== undefined) yield snapshot
  }
}

async function* section(name: string, rows: AsyncIterable<object>) {
  yield `,"${name}":[`
  let separator = ''
  for await (const row of rows) {
    yield separator + JSON.stringify(row)
    separator = ','
  }
  yield ']'
}
