import { randomUUID } from 'node:crypto'
import Fastify from 'fastify'
import { Redis } from 'ioredis'

/**
 * The least a report can cost: a bare Fastify route, no token, no validation, that has Redis carry out the commands of a
 * report. It decides nothing by what Redis answers; what it keeps is as large as what we keep. They are sent
 * - in a pipeline of its own, as its first argument is left out;
 * - `auto-pipelining`: one by one, in one pipeline with those of all other requests;
 * - `scripts`: by two Lua calls like ours, in one pipeline with those of all other requests.
 */
const way = process.argv[2] ?? 'pipeline'
const redis = new Redis(process.env['REDIS_STATE_URL'] ?? '', { enableAutoPipelining: way !== 'pipeline' })
type Report = { courseId: string; lectureId: string; watchTimeDelta: number; sessionId: string }
/** Both a pipeline and the client itself. */
type Commands = Pick<Redis, 'time' | 'get' | 'set' | 'hmget' | 'hset' | 'hsetnx' | 'hincrby' | 'pfadd'>
const DAY = 20_778

function commandsOf(commands: Commands, student: string, report: Report) {
  const { courseId, lectureId, watchTimeDelta, sessionId } = report
  const [now, ms] = [Date.now(), Math.round(watchTimeDelta * 1000)]
  const watched = `bare:watched:{${student}}`
  const [counts, users] = [`bare:{0}:live:${courseId}`, `bare:{0}:users:${courseId}`]
  const playback = `bare:{0}:playback:${lectureId}:${student}${sessionId}`
  const snapshot = `${lectureId}|${student}|${now}|${now}|${ms}|`
  return [
    commands.time(),
    commands.get(watched),
    commands.set(watched, now, 'PX', 60_000),
    commands.hsetnx(counts, '__id', randomUUID()),
    commands.hsetnx(playback, 'id', randomUUID()),
    commands.hincrby(counts, `${DAY}:${lectureId}:t`, ms),
    commands.hincrby(`${counts}:students`, `${DAY}:${student}`, ms),
    commands.hincrby(counts, `${DAY}:rep`, ms),
    commands.pfadd(users, student),
    commands.pfadd(`${users}:${lectureId}`, student),
    commands.pfadd(`${users}@${DAY}`, student),
    commands.hmget(playback, 'id', 'start', 'at', 'ms', 'far'),
    commands.hset(playback, 'at', now, 'ms', ms, 'far', -1),
    commands.hset(`${counts}:people`, `${student}-${sessionId}`, snapshot),
  ]
}

const GRANT = `
redis.call('TIME')
redis.call('GET', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', 60000)
return ARGV[1]`
/** KEYS: counts, students, users of the course, lecture and day, playback, people. */
const COUNT = `
redis.call('HSETNX', KEYS[1], '__id', ARGV[1])
redis.call('HSETNX', KEYS[6], 'id', ARGV[1])
redis.call('HINCRBY', KEYS[1], ARGV[2] .. ':t', ARGV[3])
redis.call('HINCRBY', KEYS[2], ARGV[4], ARGV[3])
redis.call('HINCRBY', KEYS[1], 'rep', ARGV[3])
for i = 3, 5 do redis.call('PFADD', KEYS[i], ARGV[4]) end
redis.call('HMGET', KEYS[6], 'id', 'start', 'at', 'ms', 'far')
redis.call('HSET', KEYS[6], 'at', ARGV[5], 'ms', ARGV[3], 'far', -1)
redis.call('HSET', KEYS[7], ARGV[4], table.concat({ARGV[2], ARGV[4], ARGV[5], ARGV[5], ARGV[3], ''}, '|'))
return 1`
redis.defineCommand('bareGrant', { numberOfKeys: 1, lua: GRANT })
redis.defineCommand('bareCount', { numberOfKeys: 7, lua: COUNT })
type Scripts = Record<'bareGrant' | 'bareCount', (...args: (string | number)[]) => Promise<unknown>>

async function callScripts(student: string, { courseId, lectureId, watchTimeDelta, sessionId }: Report) {
  const scripts = redis as unknown as Scripts
  const [now, ms] = [Date.now(), Math.round(watchTimeDelta * 1000)]
  await scripts.bareGrant(`bare:watched:{${student}}`, now)
  const [counts, users] = [`bare:{0}:live:${courseId}`, `bare:{0}:users:${courseId}`]
  await scripts.bareCount(
    counts,
    `${counts}:students`,
    users,
    `${users}:${lectureId}`,
    `${users}@${DAY}`,
    `bare:{0}:playback:${lectureId}:${student}${sessionId}`,
    `${counts}:people`,
    ...[randomUUID(), lectureId, ms, student, now],
  )
}

const app = Fastify()
app.post('/telemetry', async (request) => {
  const student = String(request.headers['student'])
  const report = request.body as Report
  if (way === 'scripts') {
    await callScripts(student, report)
  } else if (way === 'auto-pipelining') {
    await Promise.all(commandsOf(redis, student, report))
  } else {
    const pipeline = redis.pipeline()
    void commandsOf(pipeline as unknown as Commands, student, report)
    await pipeline.exec()
  }
  return { message: 'tracked' }
})
app.get('/metrics', () => {
  const { user, system } = process.cpuUsage()
  return `process_cpu_seconds_total ${(user + system) / 1e6}\n`
})
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
process.once('SIGTERM', () => process.exit(0))
