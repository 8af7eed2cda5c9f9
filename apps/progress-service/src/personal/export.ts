import { section } from '@aetherlearn/service-kit/own-export'
import type { Copier } from '../history/copier.ts'
import type { PositionBuffer } from '../watch/buffer.ts'
import { HOLDINGS, type PersonalStore } from './store.ts'

export type ExportDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'rows'>
  buffer: Pick<PositionBuffer, 'read' | 'liveSpans' | 'dirtyCourses'>
  copier: Pick<Copier, 'entriesOf'>
}

/** What a `LearningExport` has after its heading, piece by piece. */
export async function* sectionsOf(
  { personal, buffer, copier }: ExportDeps,
  userId: string,
): AsyncGenerator<string> {
  // Redis first: what a flush moves meanwhile is then in both, never in neither.
  yield* section('unsaved', unsaved({ personal, buffer }, userId))
  yield `,"watching":${JSON.stringify(await buffer.liveSpans(userId))}`
  for (const holding of HOLDINGS) yield* section(holding.section, personal.rows(holding, userId))
  yield* section('history', copier.entriesOf(userId))
}

async function* unsaved({ personal, buffer }: Omit<ExportDeps, 'copier'>, userId: string) {
  const courseIds = new Set([...(await personal.courseIds(userId)), ...(await buffer.dirtyCourses(userId))])
  for (const courseId of courseIds) {
    const snapshot = await buffer.read({ userId, courseId })
    if (snapshot !== undefined) yield snapshot
  }
}
