import { userRegistered, userUpdated } from '@aetherlearn/contracts/identity'
import type { Payload } from '@aetherlearn/contracts/shape'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Session } from '@aetherlearn/service-kit/mongo'
import type { Directory } from './store.ts'

/** What we hear of people; an event that comes late changes nothing. */
export function peopleEvents(directory: Pick<Directory, 'note'>): EventHandler[] {
  const note = ({ at, ...person }: Payload<typeof userUpdated>, session: Session) =>
    directory.note({ ...person, at: new Date(at) }, session)
  return [on(userRegistered, note), on(userUpdated, note)]
}
