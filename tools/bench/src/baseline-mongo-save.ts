import { openDatabase } from '@aetherlearn/testing/stores'
import Fastify from 'fastify'

/** A save as one writes it first: no token, no validation, one write to MongoDB that a majority has. */
const mongo = await openDatabase(process.env['MONGO_URL'] ?? '', 'naive')
const progress = mongo.collection('progress')
await progress.createIndex({ userId: 1, courseId: 1 }, { unique: true })

const app = Fastify()
app.post('/save', async (request) => {
  const { courseId, lectureId, watchTime } = request.body as {
    courseId: string
    lectureId: string
    watchTime: number
  }
  const key = { userId: String(request.headers['student']), courseId }
  const $set = { [`watchTimes.${lectureId}`]: watchTime, lastWatchedLecture: lectureId }
  await progress.updateOne(key, { $set }, { upsert: true, writeConcern: { w: 'majority' } })
  return { message: 'synced' }
})
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
process.once('SIGTERM', () => process.exit(0))
