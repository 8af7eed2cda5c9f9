import { createServerClock } from '@aetherlearn/sdk/server-clock'
import { session } from './session.ts'

/** Reports carry their moment, and a device's clock may be wrong. */
export const serverClock = createServerClock({ fetch: session.fetch })
