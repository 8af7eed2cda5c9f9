import { mediaFailed, mediaReady } from '@aetherlearn/contracts/media'
import type { Payload } from '@aetherlearn/contracts/shape'
import { transaction, type Session } from '@aetherlearn/service-kit/mongo'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import type { Connection } from 'mongoose'

/** `told` is the event with which it was finished, whole. */
type Row = { state: string; told?: unknown }
type Deps = { connection: Connection; outbox: Outbox; find: (session: Session) => Promise<Row | null> }

/**
 * Says once more what became of a finished video: a job that comes for it means that somebody did not hear. False for one
 * that is not finished, or that nobody needs any more.
 */
export const tellAgain = ({ connection, outbox, find }: Deps, traceId: string): Promise<boolean> =>
  transaction(connection, async (session) => {
    const row = await find(session)
    if (row?.told === undefined) return false
    if (row.state === 'READY') {
      await outbox.add(mediaReady, row.told as Payload<typeof mediaReady>, session, traceId)
      return true
    }
    if (row.state !== 'FAILED') return false
    await outbox.add(mediaFailed, row.told as Payload<typeof mediaFailed>, session, traceId)
    return true
  })
