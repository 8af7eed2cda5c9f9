import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { measureInTurns, type Figure } from './figures.ts'
import { startCrew, type Crew } from './video-worker.ts'

const run = promisify(execFile)
const setting = (name: string, byDefault: number) => Number(process.env[name] ?? byDefault)
const SECONDS = setting('BENCH_TRANSCODE_SECONDS', 60)
const ROUNDS = setting('BENCH_TRANSCODE_ROUNDS', 3)
/** Size of the source while memory is watched. */
const LARGE_GIB = setting('BENCH_TRANSCODE_GIB', 1)
/** The least that the worker takes for PART_SECONDS, so that a short source has several parts. */
const SHORTEST_PART = 20
const WATCH_EVERY_MS = 200
const CORES = availableParallelism()
const PROMISED_EARLY_PERCENT = 25
const PROMISED_PARTS_PERCENT = 5
const PROMISED_RESIDENT_MIB = 200

const RUNGS = [
  ['1080p', 1920, 1080, 4_976_640],
  ['720p', 1280, 720, 2_211_840],
  ['480p', 854, 480, 983_808],
  ['360p', 640, 360, 552_960],
] as const
const words = (text: string) => text.split(' ')

/** A video of 1080 lines into the whole ladder by the real worker, against what ffmpeg does by itself. */
export async function transcodeBench(): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-bench-transcode-'))
  const source = join(folder, 'source.mp4')
  await makeSource(source)
  try {
    const whole = await startCrew([{ PART_SECONDS: '3600' }])
    const alone = await measureWhole(whole, source, folder).finally(whole.stop)
    return [...alone, ...(await measureParts(source)), await measureMemory(folder)]
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function measureWhole(crew: Crew, source: string, folder: string): Promise<Figure[]> {
  const shares: number[] = []
  const ours = async () => {
    const timed = await crew.process(source)
    shares.push((100 * timed.playableSeconds) / timed.readySeconds)
    return SECONDS / timed.readySeconds
  }
  const unit = 'seconds of video per second'
  const ladder = await measureInTurns({
    ...{ name: 'transcode', unit, rounds: ROUNDS, ours },
    baseline: () => timed(() => bareLadder(source, folder, [...RUNGS])),
  })
  const apart = await measureInTurns({
    ...{ name: 'transcode against a run per rung', unit, rounds: 1, ours },
    baseline: () =>
      timed(async () => {
        for (const rung of RUNGS) await bareLadder(source, folder, [rung])
      }),
  })
  return [
    ladder,
    apart,
    promised('transcode first rung', Math.max(...shares), PROMISED_EARLY_PERCENT, '% of the time'),
  ]
}

/** Two workers that share the cores and the parts, against one worker with all cores on the whole. */
async function measureParts(source: string): Promise<Figure[]> {
  const one = await startCrew([{ PART_SECONDS: '3600' }])
  const half = `${Math.max(1, Math.floor(CORES / 2))}`
  const shared = { PART_SECONDS: `${SHORTEST_PART}`, FFMPEG_THREADS: half }
  const two = await startCrew([shared, shared])
  try {
    let seconds = 0
    const figure = await measureInTurns({
      ...{ name: 'transcode in parts', unit: 'seconds of video per second', rounds: ROUNDS },
      ours: async () => {
        const { readySeconds } = await two.process(source)
        seconds += readySeconds
        return SECONDS / readySeconds
      },
      baseline: async () => SECONDS / (await one.process(source)).readySeconds,
    })
    const stages = (await two.stageSeconds('cut')) + (await two.stageSeconds('join'))
    const share = (100 * stages) / seconds
    return [figure, promised('transcode cutting and joining', share, PROMISED_PARTS_PERCENT, '% of the time')]
  } finally {
    await Promise.all([one.stop(), two.stop()])
  }
}

function promised(name: string, value: number, limit: number, unit: string): Figure {
  const ours = Number(value.toFixed(1))
  return { name, ours, baseline: limit, ratio: Number((limit / ours).toFixed(3)), unit }
}

/** The worker's own process while a large source goes through it: many bytes for each picture, little to compute. */
async function measureMemory(folder: string): Promise<Figure> {
  const source = join(folder, 'large.mov')
  await run('ffmpeg', [
    ...words('-y -nostdin -loglevel error -f lavfi -i testsrc2=size=640x360:rate=25,noise=alls=60:allf=t'),
    ...[...words('-c:v mjpeg -q:v 1 -fs'), `${LARGE_GIB * 1024 ** 3}`, source],
  ])
  const crew = await startCrew([{ X264_PRESET: 'ultrafast' }])
  let most = 0
  let isRunning = true
  const watch = async () => {
    while (isRunning) {
      most = Math.max(most, ...(await crew.residentMib()))
      await pause(WATCH_EVERY_MS)
    }
  }
  const watching = watch()
  try {
    await crew.process(source)
  } finally {
    isRunning = false
    await watching
    await crew.stop()
  }
  return promised(`transcode memory, ${LARGE_GIB} GiB`, most, PROMISED_RESIDENT_MIB, 'MiB')
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return SECONDS / ((performance.now() - began) / 1000)
}

/** Moving shapes with a little noise: about what a camera's H.264 of a lecture takes to decode. */
async function makeSource(file: string) {
  const picture = `testsrc2=size=1920x1080:rate=30:duration=${SECONDS},noise=alls=3:allf=t,gblur=sigma=1`
  await run('ffmpeg', [
    ...words('-y -nostdin -loglevel error -f lavfi -i'),
    ...[picture, ...words(`-f lavfi -i sine=frequency=440:duration=${SECONDS}`)],
    ...words('-c:v libx264 -preset veryfast -crf 21 -g 90 -pix_fmt yuv420p -c:a aac'),
    file,
  ])
}

const hls = (folder: string) => [
  ...words(
    '-f hls -hls_time 4 -hls_playlist_type vod -hls_segment_type fmp4 -hls_flags independent_segments',
  ),
  ...['-hls_segment_filename', join(folder, 's%04d.m4s'), join(folder, 'index.m3u8')],
]

/** The ladder as one would type it: one decode, segments for each rung and once for the sound, the MP4 by copying. */
async function bareLadder(source: string, folder: string, rungs: (typeof RUNGS)[number][]) {
  const output = await mkdtemp(join(folder, 'bare-'))
  for (const [name] of rungs) await mkdir(join(output, name))
  const split = `[0:v]split=${rungs.length}${rungs.map((_, i) => `[s${i}]`).join('')}`
  const scales = rungs.map(([, width, height], i) => `[s${i}]scale=${width}:${height},format=yuv420p[v${i}]`)
  const outputs = rungs.flatMap(([name, , , rate], i) => [
    ...['-map', `[v${i}]`, ...words(`-maxrate ${rate} -bufsize ${rate * 2}`)],
    ...words('-c:v libx264 -preset veryfast -crf 23 -profile:v high -g 60 -keyint_min 60 -sc_threshold 0'),
    ...hls(join(output, name)),
  ])
  const sound =
    rungs.length > 1 ? [...words('-map 0:a -c:a aac -b:a 128k -ac 2 -ar 48000'), ...hls(output)] : []
  const begin = words('-y -nostdin -loglevel error')
  await run('ffmpeg', [
    ...begin,
    '-i',
    source,
    '-filter_complex',
    [split, ...scales].join(';'),
    ...outputs,
    ...sound,
  ])
  const mp4 = rungs.find(([, , height]) => height <= 720)
  if (mp4 !== undefined) {
    const playlist = [...words('-f hls -allowed_extensions ALL -i'), join(output, mp4[0], 'index.m3u8')]
    await run('ffmpeg', [
      ...begin,
      ...playlist,
      ...words('-c copy -movflags +faststart'),
      join(output, 'video.mp4'),
    ])
  }
  await rm(output, { recursive: true, force: true })
}
