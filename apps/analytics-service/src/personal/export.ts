import { Readable } from 'node:stream'
import { section } from '@aetherlearn/service-kit/own-export'
import type { LogEvent } from '../eventlog/event.ts'
import type { Traces } from './traces.ts'
import { HOLDINGS, type PersonalStore } from './store.ts'

export type ExportDeps = {
  personal: Pick<PersonalStore, 'courseIds' | 'rows' | 'staffOf' | 'sentMessages' | 'atRisk'>
  traces: Pick<Traces, 'playbacks' | 'times'>
  /** Where a log of all events is kept. */
  eventsOf?: (userId: string) => AsyncIterable<LogEvent>
}

const none = (): AsyncIterable<LogEvent> => Readable.from([])

/** What an `AnalyticsExport` has after its heading, piece by piece. */
export async function* sectionsOf(
  { personal, traces, eventsOf = none }: ExportDeps,
  userId: string,
): AsyncGenerator<string> {
  // Redis first: what a flush moves meanwhile is then in both, never in neither.
  const courseIds = await personal.courseIds(userId)
  yield* section('unsaved', unsaved(traces, userId, courseIds))
  for (const holding of HOLDINGS) yield* section(holding.section, personal.rows(holding, userId))
  yield* section('events', eventsOf(userId))
  yield* section('sentMessages', personal.sentMessages(userId))
  yield* section('atRisk', personal.atRisk(userId))
  yield* section('staffOf', personal.staffOf(userId))
}

async function* unsaved(traces: ExportDeps['traces'], userId: string, courseIds: string[]) {
  yield* traces.playbacks(userId, courseIds)
  yield* traces.times(userId, courseIds)
}
