import { createInterface } from 'node:readline'
import { failureOf } from '@aetherlearn/service-kit/errors'
import { connectMongo } from '@aetherlearn/service-kit/mongo'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { openStores } from '../stores.ts'

/** A process for `kill.test.ts`: edits the courses whose ids it reads, and says what was done, until it is killed. */
type Order = { url: string; database: string; courseId: string; creator: string; sectionIds: string[] }
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
const pick = <T>(items: T[]): T | undefined => items[Math.floor(Math.random() * items.length)]

for await (const line of createInterface(process.stdin)) {
  const order: Order = JSON.parse(line)
  const mongo = await connectMongo(order)
  const { editing } = openStores(mongo, createOutbox(mongo))
  const caller = { id: order.creator, role: 'instructor' }
  const added: string[] = []
  say({ ready: true })
  for (;;) {
    // On a machine that is too busy an edit is refused; the next one may come through.
    await edit().catch((error: unknown) => {
      if (failureOf(error)?.code !== 'UNAVAILABLE') throw error
    })
  }

  async function edit() {
    const [sectionId = '', lectureId] = [pick(order.sectionIds), pick(added)]
    const kind = Math.random()
    if (lectureId === undefined || kind < 0.5) {
      const { _id } = await editing.addLecture(sectionId, caller, 'new')
      added.push(_id)
      say({ added: _id })
    } else if (kind < 0.85) {
      await editing.moveLecture(lectureId, { caller }, { sectionId, position: 0 })
    } else {
      added.splice(added.indexOf(lectureId), 1)
      // Said before: what was deleted without an answer may be there or not.
      say({ deleting: lectureId })
      await editing.deleteLecture(lectureId, { caller })
    }
  }
}
