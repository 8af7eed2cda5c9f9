import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { promisify } from 'node:util'
import { hardInputs, isReady, type Ready } from '@aetherlearn/testing/hard-inputs'
import { readClock } from '@aetherlearn/testing/video-clock'
import { programs, quickest, temporaryFolder } from '../fixture.ts'
import { VideoFault } from './failure.ts'
import { transcode } from './transcode.ts'

const execute = promisify(execFile)
/** Results by name, as the table of the documentation has them. */
const results = new Map<string, string>()
const TABLE = join(import.meta.dirname, '../../../../docs/video-inputs.md')
const MOST_DRIFT_SECONDS = 0.04
const REFUSED_WITHIN_MS = 30_000

/** ffprobe and ffmpeg as they are found, not as the worker calls them: what was made is judged from outside. */
async function look(file: string, ...show: string[]) {
  const args = ['-v', 'error', '-allowed_extensions', 'ALL', ...show, '-of', 'json', file]
  const { stdout } = await execute(
    'ffprobe',
    args.filter((_, i) => file.endsWith('m3u8') || i < 2 || i > 3),
  )
  return JSON.parse(stdout)
}

async function decode(file: string, ...output: string[]): Promise<Buffer> {
  const list = file.endsWith('m3u8') ? ['-allowed_extensions', 'ALL'] : []
  const args = ['-v', 'error', '-nostdin', '-copyts', ...list, '-i', file, ...output, '-']
  return (await execute('ffmpeg', args, { encoding: 'buffer', maxBuffer: 2 ** 30 })).stdout
}

type Packet = { pts_time: string; flags: string }
type Frame = { at: number; number: number | undefined; isKey: boolean }

/** Each frame of a picture: when it is shown, and what its clock says. */
async function watch(file: string) {
  const show = 'stream=width,height,pix_fmt,color_range,color_transfer,field_order,side_data_list'
  const { streams, packets } = await look(
    file,
    ...['-select_streams', 'v', '-show_entries', `${show}:packet=pts_time,flags`],
  )
  const [stream] = streams
  const { width, height } = stream
  const pixels = await decode(file, ...'-map 0:v -vsync passthrough -pix_fmt gray -f rawvideo'.split(' '))
  const shown: Packet[] = packets.toSorted((a: Packet, b: Packet) => Number(a.pts_time) - Number(b.pts_time))
  assert.equal(pixels.length, shown.length * width * height, 'every frame can be decoded')
  const frames: Frame[] = shown.map(({ pts_time, flags }, i) => {
    const picture = pixels.subarray(i * width * height, (i + 1) * width * height)
    return { at: Number(pts_time), isKey: flags.startsWith('K'), number: readClock(picture, width, height) }
  })
  return { stream, size: `${width}x${height}`, frames }
}

/** Numbers that may be seen at a time. A variable rate may show a frame by one tick too early or too late. */
function numbersAt({ clock, frameRate, seconds }: Ready, at: number): number[] {
  const { perSecond, startsAt, shows = () => true } = clock
  const last = Math.round((seconds - startsAt) * perSecond) - 1
  const shownAt = (time: number) => {
    let number = Math.max(0, Math.min(last, Math.floor((time - startsAt) * perSecond + 0.01)))
    while (number > 0 && !shows(number)) number -= 1
    return number
  }
  if (clock.shows === undefined || perSecond % frameRate === 0) return [shownAt(at)]
  const [from, to] = [shownAt(at - 1 / frameRate), shownAt(at + 1 / frameRate)]
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).filter(shows)
}

function assertClock(expected: Ready, frames: Frame[], from: number) {
  const wrong = frames.filter(({ at, number = -1 }) => !numbersAt(expected, at - from).includes(number))
  assert.deepEqual(wrong, [], `the clock is wrong in ${wrong.length} of ${frames.length} frames`)
  const wanted = expected.seconds * expected.frameRate
  assert.ok(
    Math.abs(frames.length - wanted) <= Math.max(1, wanted / 100),
    `${frames.length} of ${wanted} frames`,
  )
}

const HZ = 48_000
/** When the beeps that are expected are heard, on the clock of the file. */
async function listen(file: string, beeps: number[]): Promise<number[]> {
  const bytes = await decode(
    file,
    ...`-map 0:a -af aresample=${HZ}:async=1:first_pts=0 -ac 1 -f f32le`.split(' '),
  )
  const samples = new Float32Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / 4))
  return beeps.map((beep) => {
    const from = Math.max(0, Math.round((beep - 0.4) * HZ))
    return (from + samples.subarray(from).findIndex((sample) => Math.abs(sample) > 0.1)) / HZ
  })
}

/** Beeps are heard when the picture shows the time that they have in the source. */
function assertTogether(beeps: number[], heard: number[], pictureFrom: number) {
  for (const [i, beep] of beeps.entries()) {
    const drift = (heard[i] ?? NaN) - pictureFrom - beep
    assert.ok(Math.abs(drift) <= MOST_DRIFT_SECONDS, `the beep of second ${beep} comes ${drift} s late`)
  }
}

async function assertReady(expected: Ready, output: string) {
  const names = (await readdir(output)).filter((name) => /^\d+p$/.test(name))
  const rungs = await Promise.all(names.map((name) => watch(join(output, name, 'index.m3u8'))))
  rungs.sort((a, b) => b.stream.width - a.stream.width)
  const sizes = rungs.map(({ size }) => size)
  assert.deepEqual(sizes, expected.sizes)
  const keyTimes = rungs.map(({ frames }) => frames.filter(({ isKey }) => isKey).map(({ at }) => at))
  for (const [i, { stream, frames }] of rungs.entries()) {
    assert.equal(stream.pix_fmt, 'yuv420p')
    assert.notEqual(stream.color_range, 'pc')
    assert.notEqual(stream.color_transfer, 'smpte2084')
    assert.equal(stream.side_data_list, undefined, 'nothing is left to be turned')
    const [first] = frames
    assertClock(expected, frames, first?.at ?? 0)
    assert.deepEqual(keyTimes[i], keyTimes[0], 'key frames are the same in all rungs')
    const gop = Math.round(2 * expected.frameRate)
    assert.deepEqual(
      frames.flatMap(({ isKey }, n) => (isKey ? [n] : [])),
      Array.from({ length: Math.ceil(frames.length / gop) }, (_, n) => n * gop),
    )
  }
  const hlsFrom = rungs[0]?.frames[0]?.at ?? 0
  const mp4 = join(output, 'video.mp4')
  const { frames } = await watch(mp4)
  assertClock(expected, frames, frames[0]?.at ?? 0)
  const { streams, format } = await look(mp4, '-show_entries', 'stream=codec_type,channels:format=duration')
  const { beeps } = expected
  const soundEnds = (beeps?.at(-1) ?? 0) + 0.1
  assert.ok(Number(format.duration) > Math.max(expected.seconds, soundEnds) * 0.99 - 0.1)
  const sound = streams.find(({ codec_type }: { codec_type: string }) => codec_type === 'audio')
  if (beeps === undefined) return assert.equal(sound, undefined)
  assert.equal(sound.channels, 2)
  assertTogether(beeps, await listen(mp4, beeps), frames[0]?.at ?? 0)
  assertTogether(beeps, await listen(join(output, 'sound/index.m3u8'), beeps), hlsFrom)
}

suite('hard inputs', { concurrency: 2 }, () => {
  for (const input of hardInputs) {
    const { name, expected } = input
    test(`${name}: ${isReady(expected) ? 'becomes a whole video' : `is refused as ${expected.code}`}`, async (context) => {
      const folder = await temporaryFolder(context)
      const [file, output] = [join(folder, 'source'), join(folder, 'output')]
      await mkdir(output)
      await input.make(file)
      const started = Date.now()
      const making = transcode({
        ...{ programs, settings: quickest, input: file, container: input.container, folder: output },
        ...{ format: 'fmp4', signal: context.signal, onProgress: () => {} },
      })
      if (isReady(expected)) {
        const made = await making
        await assertReady(expected, output)
        const loud = made.loudness?.truePeakDbtp ?? -70
        assert.ok(loud <= 0, `a peak of ${loud} dBTP distorts`)
        const rates = new Set(made.renditions.map(({ frameRate }) => frameRate))
        results.set(name, `READY | ${expected.sizes.join(', ')}; ${[...rates].join()} frames a second`)
        return
      }
      const fault: unknown = await making.catch((error: unknown) => error)
      assert.ok(fault instanceof VideoFault, 'it is refused for good')
      assert.equal(fault.code, expected.code, fault.message)
      assert.match(fault.failure.advice, expected.advice)
      assert.ok(Date.now() - started < REFUSED_WITHIN_MS)
      results.set(name, `FAILED, ${fault.code} | ${fault.failure.advice}`)
    })
  }
})

test('the table of the documentation says what became of each', async () => {
  const rows = hardInputs.map(({ name }) => `| ${name} | ${results.get(name) ?? '?'} |`)
  if (process.env['WRITE_TABLE'] === '1') {
    const text = await readFile(TABLE, 'utf8')
    const start = text.indexOf('| File')
    await writeFile(
      TABLE,
      `${text.slice(0, start)}| File | Result | |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
    )
  }
  const said = (await readFile(TABLE, 'utf8')).replaceAll(/ +/g, ' ').split('\n')
  assert.deepEqual(said.filter((line) => line.startsWith('| ')).slice(2), rows)
})
