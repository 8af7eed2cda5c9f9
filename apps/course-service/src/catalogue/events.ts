import { courseChanged } from '@aetherlearn/contracts/course/events'
import { on, type EventHandler } from '@aetherlearn/service-kit/listener'
import type { Catalogue } from './catalogue.ts'

/** Whoever changed the course may have died before it cleared the cache. */
export const catalogueEvents = (catalogue: Pick<Catalogue, 'changed'>): EventHandler[] => [
  on(
    courseChanged,
    async ({ courseId }) =>
      () =>
        catalogue.changed(courseId),
  ),
]
