import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer'

/** A column of a table. The first element is the column itself, those within it follow, depth first. */
export type Column<Row> = {
  schema: [SchemaElement, ...SchemaElement[]]
  of: (row: Row) => unknown
  /** Each value occurs about once: no dictionary of them is tried, and no smallest and largest are kept. */
  unique?: true
}
export type Table<Row> = {
  columns: Column<Row>[]
  /** How many values a row has at most in any column; most often 1. */
  valuesOf?: (row: Row) => number
}

/** Rows and values of a row group. It is encoded in one go, which others wait for, and is all that is held of the file. */
const GROUP_ROWS = 5000
const GROUP_VALUES = 25_000

/**
 * A file of Parquet in pieces, one for each row group: the next one is gathered when the client has taken the last. What
 * stays is what the file says of its row groups at its end, some 5 KB for each.
 */
export async function* parquetOf<Row>(
  { columns, valuesOf = () => 1 }: Table<Row>,
  rows: AsyncIterable<Row>,
): AsyncGenerator<Uint8Array> {
  const out = new ByteWriter()
  const root = { name: 'root', num_children: columns.length }
  const writer = new ParquetWriter({
    writer: out,
    schema: [root, ...columns.flatMap(({ schema }) => schema)],
    createdBy: 'AetherLearn',
  })
  /** What was written since the last piece. */
  function taken(): Uint8Array {
    const piece = out.getBytes().slice()
    out.index = 0
    return piece
  }
  let group: Row[] = []
  let values = 0
  function encoded(): Uint8Array {
    const columnData = columns.map(({ schema: [{ name }], of, unique }) => ({
      name,
      data: group.map(of),
      offsetIndex: false,
      ...(unique && { encoding: 'PLAIN' as const, statistics: false }),
    }))
    // Into memory: nothing to wait for.
    void writer.write({ columnData, rowGroupSize: group.length })
    group = []
    values = 0
    return taken()
  }
  for await (const row of rows) {
    group.push(row)
    values += valuesOf(row)
    if (group.length >= GROUP_ROWS || values >= GROUP_VALUES) yield encoded()
  }
  if (group.length > 0) yield encoded()
  void writer.finish()
  yield taken()
}

type Presence = 'REQUIRED' | 'OPTIONAL'
export const text = (name: string, presence: Presence = 'REQUIRED'): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
  repetition_type: presence,
})
/** A `Date`, in milliseconds of UTC. */
export const moment = (name: string): SchemaElement => ({
  name,
  type: 'INT64',
  converted_type: 'TIMESTAMP_MILLIS',
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  repetition_type: 'REQUIRED',
})
/** A `Date`, of which the day in UTC is kept. */
export const day = (name: string): SchemaElement => ({
  name,
  type: 'INT32',
  converted_type: 'DATE',
  logical_type: { type: 'DATE' },
  repetition_type: 'REQUIRED',
})
export const int = (name: string): SchemaElement => ({ name, type: 'INT32', repetition_type: 'REQUIRED' })
/** A `bigint`. */
export const long = (name: string): SchemaElement => ({
  name,
  type: 'INT64',
  repetition_type: 'REQUIRED',
})
/** An array of objects with these fields, as readers of Parquet expect lists to be. */
export const list = (name: string, fields: SchemaElement[]): [SchemaElement, ...SchemaElement[]] => [
  {
    name,
    num_children: 1,
    converted_type: 'LIST',
    logical_type: { type: 'LIST' },
    repetition_type: 'REQUIRED',
  },
  { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
  { name: 'element', num_children: fields.length, repetition_type: 'REQUIRED' },
  ...fields,
]
