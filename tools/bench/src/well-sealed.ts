import { randomBytes } from 'node:crypto'
import { genesisHash, makeEntry } from '@aetherlearn/sdk/evidence-hash'
import { newId } from '@aetherlearn/testing/ids'
import type { Classroom, Student } from './classroom.ts'

const DAY_MS = 24 * 3600 * 1000
const FIRST_DAY = Date.parse('2020-01-01')
const newSalt = () => randomBytes(16).toString('base64url')

/** As after the student learned in two courses on each of so many days, all of which are sealed; `place` is nobody else's. */
export async function sealDays(
  { mongo, objectId, courseId }: Classroom,
  { userId }: Student,
  { days, place }: { days: number; place: number },
) {
  const salt = newSalt()
  const courseIds = [courseId, newId()]
  const partOf = (id: string) => ({
    ...{ courseId: id, minutes: 30, lateMinutes: 0, completions: 1 },
    salt: newSalt(),
  })
  const entries = []
  let hash = await genesisHash(userId, salt)
  for (let seq = 1; seq <= days; seq += 1) {
    const day = new Date(FIRST_DAY + seq * DAY_MS)
    const date = day.toISOString().slice(0, 10)
    const sealedAt = new Date(day.getTime() + DAY_MS).toISOString()
    const sealed = { date, sealedAt, salt: newSalt(), parts: courseIds.map(partOf) }
    const entry = await makeEntry(seq, hash, sealed)
    hash = entry.hash
    entries.push({ ...entry, date, userId: objectId(userId) })
  }
  await mongo.collection('evidence').insertMany(entries)
  // A row's id is its own here: mongoose's connection types it as that of its documents.
  const heads = mongo.collection<{ _id: object }>('evidenceHeads')
  await heads.insertOne({ _id: objectId(userId), ...{ place, salt, seq: days, hash } })
}
