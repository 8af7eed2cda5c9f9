import { Type, type Static } from 'typebox'
import { Instant, Strict, endpoint } from '../shape.ts'

/**
 * Whether statistics may know by name what somebody does. Without it they are counted as everybody is, but nothing that
 * is kept tells that it was them. A request with `Sec-GPC: 1` or `DNT: 1` is counted as without it, whatever is said here.
 */
export const Consent = Type.Object({
  personal: Type.Boolean(),
  /** When they said so; null: never, which is `personal`. */
  since: Type.Union([Instant, Type.Null()]),
})
export type Consent = Static<typeof Consent>

const url = '/api/v1/analytics/consent'
export const consentApi = {
  getConsent: endpoint({
    method: 'GET',
    url,
    summary: 'Whether statistics may know by name what the caller does',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: Consent } },
  }),
  /** Taken back, what statistics know of them by name is gone when this is answered. */
  changeConsent: endpoint({
    method: 'PUT',
    url,
    summary: 'Say whether statistics may know by name what the caller does',
    config: { access: 'signed-in', rate: 'write' },
    schema: { body: Strict({ personal: Type.Boolean() }), response: { 200: Consent } },
  }),
}
