import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import type { Playback } from '../batch.ts'
import { day, parquetOf, text, type Table } from './parquet.ts'
import { playbackTable } from './tables.ts'

async function fileOf<Row>(table: Table<Row>, rows: Row[]) {
  const pieces = await Readable.from(parquetOf(table, Readable.from(rows))).toArray()
  return { pieces, file: Uint8Array.from(Buffer.concat(pieces)).buffer }
}
const moments = fc.date({ min: new Date('1960-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
const ids = fc.string({ unit: 'binary', maxLength: 40 })
const seconds = fc.integer({ min: 0, max: 360_000 })
const lectures = new Map(
  ['a', 'b'].map((lectureId) => [
    lectureId,
    { lectureId, lectureTitle: `Größe “${lectureId}”`, durationSeconds: 60 },
  ]),
)
const playbacks: fc.Arbitrary<Playback> = fc.record({
  id: ids,
  lectureId: fc.constantFrom('a', 'b', 'gone'),
  userId: ids,
  startedAt: moments,
  at: moments,
  watchTimeMs: fc.maxSafeNat(),
  againSeconds: seconds,
  ranges: fc.array(fc.tuple(seconds, seconds), { maxLength: 5 }),
})

test('a reader of Parquet reads every playback as it was, to the millisecond, in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(playbacks, { maxLength: 30 }), async (rows) => {
      const { file } = await fileOf(playbackTable(lectures), rows)
      assert.deepEqual(
        await parquetReadObjects({ file }),
        rows.map(({ ranges, ...row }) => ({
          playback_id: row.id,
          lecture_id: row.lectureId,
          lecture_title: lectures.get(row.lectureId)?.lectureTitle ?? null,
          student_id: row.userId,
          started_at: row.startedAt,
          last_report_at: row.at,
          watch_time_ms: BigInt(row.watchTimeMs),
          watched_seconds: ranges.reduce((sum, [from, to]) => sum + to - from, 0),
          watched: ranges.map(([from, to]) => ({ from, to })),
        })),
      )
    }),
    { numRuns: 50 },
  )
})

test('row groups end after so many rows, or sooner where rows are long, and each is a piece of the file', async () => {
  const table: Table<{ at: Date; name: string; values: number }> = {
    columns: [
      { schema: [day('date')], of: ({ at }) => at },
      { schema: [text('name')], of: ({ name }) => name, unique: true },
    ],
    valuesOf: ({ values }) => values,
  }
  const rowsOf = (count: number, values: number) =>
    Array.from({ length: count }, (_, i) => ({ at: new Date(i * 86_400_000), name: `${i}`, values }))
  for (const [rows, sizes] of [
    [rowsOf(12_000, 1), [5000, 5000, 2000]],
    [rowsOf(5, 10_000), [3, 2]],
    [rowsOf(5000, 1), [5000]],
    [[], []],
  ] as const) {
    const { pieces, file } = await fileOf(table, [...rows])
    const { row_groups, num_rows } = parquetMetadata(file)
    assert.deepEqual(
      [row_groups.map((group) => Number(group.num_rows)), Number(num_rows)],
      [sizes, rows.length],
    )
    assert.equal(pieces.length, sizes.length + 1)
    const read = await parquetReadObjects({ file })
    assert.deepEqual(
      read,
      rows.map(({ at, name }) => ({ date: at, name })),
    )
  }
})
