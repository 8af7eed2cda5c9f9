import { fail } from '@aetherlearn/service-kit/errors'
import { daysAfter, daysBefore, isDay, type Day } from '../activity/days.ts'

/** A leap year. */
const MOST_DAYS = 366
const USUAL_DAYS = 30

/** The days that are asked for, both ends included; the last thirty where nothing is said. */
export function daysAsked(asked: { from?: string; to?: string }, today: Day): { from: Day; to: Day } {
  const wrong = Object.entries(asked).flatMap(([name, day]) =>
    isDay(day) ? [] : [{ field: `query.${name}`, message: 'must be a day of the calendar' }],
  )
  if (wrong.length > 0) throw fail('INVALID_INPUT', { errors: wrong })
  const to = asked.to ?? today
  const from = asked.from ?? daysBefore(to, USUAL_DAYS - 1)
  const message =
    from > to ? 'must not be later than `to`' : `must be at most ${MOST_DAYS - 1} days before \`to\``
  if (from > to || daysAfter(from, MOST_DAYS - 1) < to)
    throw fail('INVALID_INPUT', { errors: [{ field: 'query.from', message }] })
  return { from, to }
}
