import { runProgram, type Programs } from './run.ts'

/** Reading a large source from a slow disk from end to end, without decoding it. */
const SCAN_LIMIT_MS = 20 * 60_000

/** The packets of one stream: how many, when the first is shown, and when the last is no longer. In seconds. */
export type Span = { packets: number; start: number; end: number }

/** What the packets of each stream, by its index, say of it: for containers that do not. */
export async function scanPackets(
  programs: Programs,
  file: string,
  safely: string[],
  signal?: AbortSignal,
): Promise<Map<number, Span>> {
  const spans = new Map<number, Span>()
  const show = ['-show_entries', 'packet=stream_index,pts_time,duration_time', '-of', 'csv=p=0', file]
  await runProgram(programs, 'ffprobe', [...safely, ...show], {
    ...{ limitMs: SCAN_LIMIT_MS, reads: [file] },
    ...(signal === undefined ? {} : { signal }),
    onLine: (line) => {
      const [index = NaN, shownAt = NaN, length = NaN] = line.split(',').map(Number)
      if (Number.isNaN(index) || Number.isNaN(shownAt)) return
      const span = spans.get(index) ?? { packets: 0, start: shownAt, end: shownAt }
      span.packets += 1
      span.start = Math.min(span.start, shownAt)
      span.end = Math.max(span.end, shownAt + (length > 0 ? length : 0))
      spans.set(index, span)
    },
  })
  return spans
}
