import type { LogEvent } from './event.ts'

/** What has come since the last time; the same again for as long as it was not called done. */
export type Taken = { events: LogEvent[]; done(): Promise<void> }

/**
 * Where events are handed on to whoever wants them; none of the calls may be thought of as quick. An event may be in it
 * twice, with the same id.
 */
export type EventLog = {
  append(events: readonly LogEvent[]): Promise<void>
  /** Some of those that were appended; none where all were taken. */
  take(): Promise<Taken>
  close(): Promise<void>
}
