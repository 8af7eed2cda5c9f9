import type { EventHandler } from '@aetherlearn/service-kit/listener'
import type { Live } from '@aetherlearn/service-kit/live'
import type { Catalogue } from './catalogue/catalogue.ts'
import { catalogueEvents } from './catalogue/events.ts'
import { mediaEvents } from './media/events.ts'
import { peopleEvents } from './people/events.ts'
import type { Stores } from './stores.ts'

/** All that this service hears, from others and from itself. */
export const heardEvents = (
  stores: Stores,
  live: Live,
  catalogue: Catalogue,
  grantSeconds: number,
): EventHandler[] => [
  ...mediaEvents({ ...stores, grantSeconds }, live),
  ...catalogueEvents(catalogue),
  ...peopleEvents(stores.directory),
  stores.erasure.event,
]
