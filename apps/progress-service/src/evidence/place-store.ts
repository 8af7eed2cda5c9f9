import type { MongoConnection } from '@aetherlearn/service-kit/mongo'
import { Types } from 'mongoose'
import { headModel, placeModels, type HeadRow } from './rows-store.ts'

/** Places in the tree of checkpoints. */
export function createPlaceStore(connection: MongoConnection) {
  const Head = headModel(connection)
  const { Gone } = placeModels(connection)
  return {
    /** Before all of a learner is removed: the place stays, and is empty. Again, it changes nothing. */
    async leave(userId: string): Promise<void> {
      const id = new Types.ObjectId(userId)
      const head = await Head.findById(id, { place: 1 }).lean<Pick<HeadRow, 'place'>>()
      if (head !== null) await Gone.updateOne({ _id: head.place }, {}, { upsert: true })
    },
  }
}
export type PlaceStore = ReturnType<typeof createPlaceStore>
