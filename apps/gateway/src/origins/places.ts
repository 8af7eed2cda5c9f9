import { fail } from '@aetherlearn/service-kit/errors'
import type { Server } from '@aetherlearn/service-kit/server'
import { framingHeaders, isServed, placeOf, type OriginSettings, type Place } from './rules.ts'

type Named = { protocol: string; host: string; routeOptions: { url?: string | undefined } }
/** By the Host that the client named, or the one that a trusted proxy says it did. */
export type PlaceOf = (request: Named) => Place
export const placesBy =
  (settings: OriginSettings): PlaceOf =>
  ({ protocol, host, routeOptions }) =>
    placeOf(settings, { protocol, host, route: routeOptions.url })

/** Before anything else is looked at: an address of the other side does not exist here. */
export function keepSidesApart(app: Server, whereIs: PlaceOf) {
  app.addHook('onRequest', async (request, reply) => {
    const place = whereIs(request)
    const { url } = request.routeOptions
    void reply.headers(framingHeaders(place, url))
    // A package that left a worker behind would stand between all others and us.
    const isWorker = request.headers['service-worker'] !== undefined
    if (!isServed(place.side, url) || (place.side === 'content' && isWorker)) throw fail('ROUTE_NOT_FOUND')
  })
}
