import { Type, type Static } from 'typebox'
import { Strict, endpoint } from '../shape.ts'
import { Day } from './shapes.ts'

/** A name of the IANA time zone database, as `Europe/Berlin`. */
export const TimeZone = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_+/-]*$', maxLength: 64 })

export const LearnerSettings = Strict({ timeZone: TimeZone })
export type LearnerSettings = Static<typeof LearnerSettings>

export const KeptSettings = Type.Object({
  timeZone: TimeZone,
  /** Whether that was chosen, be it by the student or by a page on their behalf. */
  chosen: Type.Boolean(),
})

export const HistoryDay = Type.Object({
  date: Day,
  /** In which the student watched, told at the time or afterwards. */
  minutes: Type.Integer(),
  completions: Type.Integer(),
})
export type HistoryDay = Static<typeof HistoryDay>

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
  getActivity: endpoint({
    method: 'GET',
    url: '/api/v1/progress/activity',
    summary: 'Minutes and completions of the caller’s days: the last 30, or up to 366 days between two',
    config: { access: 'signed-in', rate: 'read' },
    schema: {
      querystring: Strict({ from: Type.Optional(Day), to: Type.Optional(Day) }),
      response: { 200: Type.Object({ from: Day, to: Day, days: Type.Array(HistoryDay) }) },
    },
  }),
}
