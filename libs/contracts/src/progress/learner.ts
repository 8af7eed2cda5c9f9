import { Type, type Static } from 'typebox'
import { Strict, endpoint } from '../shape.ts'

/** A name of the IANA time zone database, as `Europe/Berlin`. */
export const TimeZone = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$', maxLength: 64 })

export const LearnerSettings = Strict({ timeZone: TimeZone })
export type LearnerSettings = Static<typeof LearnerSettings>

export const KeptSettings = Type.Object({
  timeZone: TimeZone,
  /** Whether that was chosen, be it by the student or by a page on their behalf. */
  chosen: Type.Boolean(),
})

/** What a student decides about the own learning, and what is written down about it day by day. */
export const learnerApi = {
  getSettings: endpoint({
    method: 'GET',
    url: '/api/v1/progress/settings',
    summary: 'The time zone of the caller’s days; UTC before one was chosen',
    config: { access: 'signed-in', rate: 'read' },
    schema: { response: { 200: KeptSettings } },
  }),
  putSettings: endpoint({
    method: 'PUT',
    url: '/api/v1/progress/settings',
    summary:
      'Choose the time zone of the days from now on; days that have begun elsewhere stay what they were',
    config: { access: 'signed-in', rate: 'write' },
    schema: { body: LearnerSettings, response: { 200: KeptSettings } },
  }),
}
