import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { mediaFailed, mediaPlayable, mediaReady, videoJob } from '@aetherlearn/contracts/media'
import { newId } from '@aetherlearn/testing/ids'
import { sendJob } from '@aetherlearn/testing/jobs'
import { ownStores } from '@aetherlearn/testing/stores'

export type Timed = {
  /** From the job's adding to the first rung and to the whole video; both the same where no rung comes early. */
  playableSeconds: number
  readySeconds: number
}
export type Crew = {
  process(source: string): Promise<Timed>
  /** Of each worker's own process, without ffmpeg. */
  residentMib(): Promise<number[]>
  /** Sums of the histogram `video_stage_seconds` over all workers. */
  stageSeconds(stage: string): Promise<number>
  stop(): Promise<void>
}

/** One worker for each of the settings, with stores of their own. */
export async function startCrew(settings: Record<string, string>[]): Promise<Crew> {
  const stores = await ownStores()
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-bench-video-'))
  const objects = join(folder, 'objects')
  await mkdir(join(objects, 'objects/raw'), { recursive: true })
  const env = {
    ...{ PORT: '0', MONGO_URL: stores.mongoUrl, MONGO_DATABASE: stores.database },
    ...{ REDIS_STATE_URL: stores.redisUrl, OBJECTS_FOLDER: objects },
  }
  const workers = await Promise.all(
    settings.map((own, i) => startWorker({ ...env, WORK_FOLDER: join(folder, `work-${i}`), ...own })),
  )
  const mongo = await stores.connectMongo()
  const metrics = () => Promise.all(workers.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()))
  return {
    process: async (source) => {
      const [uploadId, lectureId] = [newId(), newId()]
      await copyFile(source, join(objects, 'objects/raw', uploadId))
      const { size } = await stat(source)
      const payload = {
        ...{ lectureId, uploadId, instructorId: newId(), container: 'mp4' as const, sizeBytes: size },
        rawVideoUrl: `object:raw/${uploadId}`,
      }
      const changes = mongo.collection('outbox').watch([{ $match: { operationType: 'insert' } }])
      const began = performance.now()
      const told = toldOf(changes, lectureId, began)
      await sendJob(stores.redisUrl, videoJob, payload)
      return told
    },
    residentMib: async () =>
      (await metrics()).map(
        (text) => Number(/^process_resident_memory_bytes\S* (\S+)/m.exec(text)?.[1]) / 1024 ** 2,
      ),
    stageSeconds: async (stage) => {
      const line = new RegExp(`^video_stage_seconds_sum\\{[^}]*stage="${stage}"[^}]*\\} (\\S+)`, 'm')
      return (await metrics()).reduce((sum, text) => sum + Number(line.exec(text)?.[1] ?? 0), 0)
    },
    stop: async () => {
      await Promise.all(workers.map(({ stop }) => stop()))
      await stores.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

type Changes = AsyncIterable<unknown> & { close(): Promise<void> }

async function toldOf(changes: Changes, lectureId: string, began: number): Promise<Timed> {
  let playableSeconds: number | undefined
  for await (const change of changes) {
    const { fullDocument: row } = change as { fullDocument: { name: string; payload: { lectureId: string } } }
    if (row.payload.lectureId !== lectureId) continue
    const seconds = (performance.now() - began) / 1000
    if (row.name === mediaFailed.name) throw new Error(`the video failed: ${JSON.stringify(row.payload)}`)
    if (row.name === mediaPlayable.name) playableSeconds = seconds
    if (row.name !== mediaReady.name) continue
    await changes.close()
    return { playableSeconds: playableSeconds ?? seconds, readySeconds: seconds }
  }
  throw new Error('the worker’s database went away')
}

async function startWorker(env: Record<string, string>) {
  const script = new URL('../../../apps/video-worker/src/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  })
  const lines = createInterface({ input: child.stdout })
  const url = await new Promise<string>((resolve, reject) => {
    lines.on('line', (line) => {
      const { msg, level, address } = JSON.parse(line) as { msg: string; level: string; address?: string }
      if (msg === 'listening' && address !== undefined) resolve(address)
      if (level !== 'info') process.stderr.write(`${line}\n`)
    })
    child.on('exit', () => reject(new Error('a video-worker did not start')))
  })
  const stop = async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  return { url, stop }
}
