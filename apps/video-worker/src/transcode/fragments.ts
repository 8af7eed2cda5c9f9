import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'

/** A box of an ISO base media file (ISO/IEC 14496-12 §4.2): where its content lies in the buffer. */
type Box = { type: string; start: number; end: number }

function* boxesIn(bytes: Buffer, start = 0, end = bytes.length): Generator<Box> {
  for (let at = start; at + 8 <= end;) {
    const size = bytes.readUInt32BE(at)
    // 64-bit sizes and "to the end of the file" are not used for segments of seconds.
    if (size < 8 || at + size > end) throw new Error(`a box of ${size} bytes at ${at} of ${end}`)
    yield { type: bytes.toString('latin1', at + 4, at + 8), start: at + 8, end: at + size }
    at += size
  }
}

/** All boxes at a path such as `moof/traf/tfdt`. */
function* boxesAt(bytes: Buffer, path: string[], within?: Box): Generator<Box> {
  const [type, ...rest] = path
  for (const box of boxesIn(bytes, within?.start, within?.end)) {
    if (box.type !== type) continue
    if (rest.length === 0) yield box
    else yield* boxesAt(bytes, rest, box)
  }
}

function onlyBox(bytes: Buffer, path: string): Box {
  const [box] = boxesAt(bytes, path.split('/'))
  if (box === undefined) throw new Error(`no ${path} in the header of a segment`)
  return box
}

/** What the header of fMP4 segments says of its one track. */
export type Header = { ticksPerSecond: number; codecs: string; sha256: string }

/** Reads it, and makes void its edit list, which allows for the delay that `moveSegment` takes away. */
export async function takeHeader(file: string): Promise<Header> {
  const bytes = await readFile(file)
  for (const edits of boxesAt(bytes, ['moov', 'trak', 'edts'])) bytes.write('free', edits.start - 4, 'latin1')
  await writeFile(file, bytes)
  const mdhd = onlyBox(bytes, 'moov/trak/mdia/mdhd')
  // FullBox version 1 has 64-bit times before the timescale (§8.4.2).
  const ticksPerSecond = bytes.readUInt32BE(mdhd.start + (bytes[mdhd.start] === 1 ? 20 : 12))
  return { ticksPerSecond, codecs: codecsOf(bytes), sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** RFC 6381 for H.264: profile, constraints and level of the decoder configuration (ISO/IEC 14496-15 §5.3.3). */
function codecsOf(bytes: Buffer): string {
  const at = bytes.indexOf('avcC', 0, 'latin1')
  return at < 0 ? AAC_LC : `avc1.${bytes.toString('hex', at + 5, at + 8)}`
}
export const AAC_LC = 'mp4a.40.2'

/**
 * Puts a segment that was made on a part's own clock, which begins at 0, on the video's. The muxer shows every frame as
 * much later as the encoder reorders frames, up to a fifth of a second behind the sound; that delay is taken away.
 */
export async function moveSegment(file: string, ticks: number, sequence: number): Promise<void> {
  const bytes = await readFile(file)
  const add = (at: number, isLong: boolean) => {
    if (isLong) bytes.writeBigUInt64BE(bytes.readBigUInt64BE(at) + BigInt(ticks), at)
    else bytes.writeUInt32BE(bytes.readUInt32BE(at) + ticks, at)
  }
  let fragments = 0
  for (const { start } of boxesAt(bytes, ['moof', 'mfhd'])) {
    bytes.writeUInt32BE(sequence + fragments, start + 4)
    fragments += 1
  }
  for (const { start } of boxesAt(bytes, ['moof', 'traf', 'tfdt'])) add(start + 4, bytes[start] === 1)
  // Its earliest presentation time stands after the reference's id and timescale (§8.16.3).
  for (const { start } of boxesAt(bytes, ['sidx'])) add(start + 12, bytes[start] === 1)
  let delay: number | undefined
  for (const run of boxesAt(bytes, ['moof', 'traf', 'trun'])) delay = takeDelay(bytes, run.start, delay)
  if (fragments === 0) throw new Error(`${file} holds no fragment`)
  await writeFile(file, bytes)
}

/** How many bytes each optional field of a run takes (§8.8.8): those before the samples, and those of each sample. */
const BEFORE = [0x1, 0x4]
const OF_SAMPLE = [0x100, 0x200, 0x400]
const HAS_OFFSETS = 0x800

/** A segment begins with a key frame, and nothing of it is shown before: that is to be shown when it is decoded. */
function takeDelay(bytes: Buffer, start: number, known: number | undefined): number | undefined {
  const flags = bytes.readUIntBE(start + 1, 3)
  if ((flags & HAS_OFFSETS) === 0) return known
  const lengthOf = (fields: number[]) => 4 * fields.filter((field) => (flags & field) !== 0).length
  const samples = bytes.readUInt32BE(start + 4)
  const first = start + 8 + lengthOf(BEFORE) + lengthOf(OF_SAMPLE)
  const step = lengthOf([...OF_SAMPLE, HAS_OFFSETS])
  const delay = known ?? bytes.readInt32BE(first)
  // Version 1 has signed offsets.
  bytes[start] = 1
  for (let i = 0; i < samples; i += 1) {
    bytes.writeInt32BE(bytes.readInt32BE(first + i * step) - delay, first + i * step)
  }
  return delay
}
