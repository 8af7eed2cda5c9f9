import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, isPortTaken, startChild, untilReady, type Child } from '@aetherlearn/local-stack/child'
import { programsFolder } from '@aetherlearn/local-stack/home'

const run = promisify(execFile)

/** The broker from Maven, 45 archives of 43 MB; it wants Java 17. */
const VERSION = '4.1.0'
const NAME = `kafka-${VERSION}`
const FETCH_TIMEOUT_MS = 150_000
const FORMAT_TIMEOUT_MS = 60_000
const READY_SECONDS = 60
/** Little memory, and quick to start rather than quick for hours. */
const JAVA = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xshare:auto']

export type TestKafka = {
  /** `host:port`. */
  broker: string
  /** Random, of this test's own. */
  topic: string
  /** Undefined where the broker is not ours to kill. */
  kill: (() => Promise<void>) | undefined
  /** On the same port, with all that was acknowledged before. */
  restart: () => Promise<void>
  close(): Promise<void>
}

/** Why there can be no broker here; undefined where there can. For `skip`. */
export async function withoutKafka(): Promise<string | undefined> {
  if (process.env['KAFKA_BROKER'] !== undefined) return undefined
  const isThere = (program: string, argument: string) =>
    run(program, [argument]).then(
      () => true,
      () => false,
    )
  const [java, maven] = await Promise.all([isThere('java', '-version'), isThere('mvn', '-v')])
  if (java && (maven || (await isFetched()))) return undefined
  return 'There is no Kafka to test with. Set KAFKA_BROKER to one, or install Java 17 and Maven.'
}

/** The Kafka broker at KAFKA_BROKER, or one of our own, fetched once into our folder of programs. */
export async function testKafka(): Promise<TestKafka> {
  const topic = `test-${randomBytes(6).toString('hex')}`
  const given = process.env['KAFKA_BROKER']
  const nothing = () => Promise.resolve()
  if (given !== undefined) return { broker: given, topic, kill: undefined, restart: nothing, close: nothing }
  const archives = await fetchArchives()
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-kafka-'))
  const port = await freePort()
  const settings = await format(archives, folder, port)
  let child = await start(archives, folder, settings, port)
  return {
    broker: `127.0.0.1:${port}`,
    topic,
    kill: () => child.stop('SIGKILL'),
    restart: async () => {
      child = await start(archives, folder, settings, port)
    },
    close: async () => {
      await child.stop('SIGKILL')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** One node that is broker and controller. Who died is given up after a second, so that restarts are quick. */
async function format(archives: string, folder: string, port: number): Promise<string> {
  const controller = await freePort()
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'log.dirs': join(folder, 'logs'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'broker.session.timeout.ms': '1000',
    'broker.heartbeat.interval.ms': '200',
  }
  const file = join(folder, 'server.properties')
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  await writeFile(file, lines.join('\n'))
  const cluster = randomBytes(16).toString('base64url')
  // With `=`, as it may begin with a dash.
  const tool = ['kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, `--config=${file}`]
  await run('java', [...JAVA, '-cp', join(archives, '*'), ...tool], { timeout: FORMAT_TIMEOUT_MS })
  return file
}

async function start(archives: string, folder: string, settings: string, port: number): Promise<Child> {
  const spec = {
    name: 'kafka',
    program: 'java',
    args: [...JAVA, '-cp', join(archives, '*'), 'kafka.Kafka', settings],
    logFile: join(folder, 'kafka.log'),
  }
  const child = await startChild(spec)
  await untilReady(child, spec, READY_SECONDS, () => isPortTaken(port))
  return child
}

const isFetched = () =>
  access(join(programsFolder(), NAME)).then(
    () => true,
    () => false,
  )

const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>aetherlearn</groupId><artifactId>kafka-for-tests</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSION}</version></dependency>
  </dependencies>
</project>`

async function fetchArchives(): Promise<string> {
  const target = join(programsFolder(), NAME)
  if (await isFetched()) return target
  await mkdir(programsFolder(), { recursive: true })
  const work = await mkdtemp(join(programsFolder(), 'download-'))
  try {
    await writeFile(join(work, 'pom.xml'), pom)
    const fetched = join(work, 'archives')
    const args = ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${fetched}`]
    await run('mvn', args, { cwd: work, timeout: FETCH_TIMEOUT_MS })
    await rename(fetched, target).catch(async (error: unknown) => {
      // Another test file was quicker.
      if (!(await isFetched())) throw error
    })
    return target
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}
