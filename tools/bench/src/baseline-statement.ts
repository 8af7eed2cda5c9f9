import { randomUUID } from 'node:crypto'
import { openDatabase } from '@aetherlearn/testing/stores'
import Fastify from 'fastify'

/** A statement as one keeps it first: no key, nothing checked, one insert into MongoDB that a majority has. */
const mongo = await openDatabase(process.env['MONGO_URL'] ?? '', 'naive')
const statements = mongo.collection<{ _id: string }>('statements')

const app = Fastify()
app.post('/statements', async (request) => {
  const id = randomUUID()
  await statements.insertOne({ ...(request.body as object), _id: id }, { writeConcern: { w: 'majority' } })
  return [id]
})
app.get('/metrics', () => {
  const { user, system } = process.cpuUsage()
  return `process_cpu_seconds_total ${(user + system) / 1e6}\n`
})
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
process.once('SIGTERM', () => process.exit(0))
