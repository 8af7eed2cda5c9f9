import { Type, type Static } from 'typebox'
import { Id, Instant, OneOf, Strict, endpoint } from '../shape.ts'

const MOST_LETTERS = 2000

/** cmi5 §10.2.2. `Review`: what is done with already is opened again, and nothing it says counts. */
export const LaunchMode = OneOf(['Normal', 'Browse', 'Review'])
export type LaunchMode = Static<typeof LaunchMode>

export const LaunchRequest = Strict({
  /** An item of the package that the lecture has: the IRI of the assignable unit. */
  itemId: Type.String({ minLength: 1, maxLength: MOST_LETTERS }),
  /**
   * Scheme, host and port that the page opens packages at, as those of the item's `url`; there the package finds the
   * record store.
   */
  contentOrigin: Type.String({ pattern: '^https?://[^/?#\\s@]+$', maxLength: 300 }),
  /** Where the unit sends its window when it was left; of the same origin. Left out: the unit is told none. */
  returnUrl: Type.Optional(Type.String({ pattern: '^https?://[^\\s]+$', maxLength: MOST_LETTERS })),
  /** `Browse`: only to look at. Left out: what the student's progress asks for. */
  mode: Type.Optional(LaunchMode),
})
export type LaunchRequest = Static<typeof LaunchRequest>

export const Launch = Type.Object({
  /** `endpoint=…&fetch=…&actor=…&registration=…&activityId=…`: to be added to the item's url with `?` or `&`. */
  launchQuery: Type.String(),
  sessionId: Type.String(),
  /** The student's in this package: the same at every launch. */
  registration: Type.String(),
  mode: LaunchMode,
  /** Until then the unit can record something. */
  expiresAt: Instant,
})
export type Launch = Static<typeof Launch>

/** Either the token, to be sent as `Authorization: Basic <token>`, or why there is none. */
export const FetchedToken = Type.Object({
  'auth-token': Type.Optional(Type.String()),
  /** `1`: it was fetched before; `3`: the ticket is not valid or has expired. */
  'error-code': Type.Optional(Type.String()),
  'error-text': Type.Optional(Type.String()),
})
export type FetchedToken = Static<typeof FetchedToken>

export const launchApi = {
  /** Earlier sessions in this package that did not end are given up. */
  launchItem: endpoint({
    method: 'POST',
    url: '/api/v1/progress/package/:courseId/:lectureId/launch',
    summary: 'Open a unit of a cmi5 package: a session in the record store, and what its address takes',
    config: { access: 'signed-in', rate: 'write' },
    schema: {
      params: Strict({ courseId: Id, lectureId: Id }),
      body: LaunchRequest,
      response: { 200: Launch },
    },
  }),
  /** cmi5 §8.2: the unit calls it once, without credentials; a second time it is answered an error code. */
  fetchToken: endpoint({
    method: 'POST',
    url: '/api/v1/xapi/cmi5/:ticket',
    summary: 'The credentials of a launched unit, once',
    config: { access: 'signed-url', rate: 'media' },
    schema: {
      params: Strict({ ticket: Type.String({ pattern: '^[A-Za-z0-9_-]{20,200}$' }) }),
      response: { 200: FetchedToken },
    },
  }),
}
