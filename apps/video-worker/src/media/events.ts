import { mediaDiscarded } from '@aetherlearn/contracts/media'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { MediaStore } from './store.ts'

/** What we hear of videos that nobody wants any more. */
export const mediaEvents = (media: Pick<MediaStore, 'discard'>): EventHandler[] => [
  on(mediaDiscarded, (video, session) => media.discard(video, session)),
]
