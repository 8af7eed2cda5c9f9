import { fail } from '@aetherlearn/service-kit/errors'
import { daysAfter, daysBefore, isDay, type Day } from '../activity/days.ts'

/** A leap year. */
const MOST_DAYS = 366
const USUAL_DAYS = 30
/** What lies outside is no day of anybody here, and one or the other store cannot name it. */
const FIRST_DAY = '2000-01-01'
const LAST_DAY = '2099-12-31'
const isKnown = (day: Day) => isDay(day) && day >= FIRST_DAY && day <= LAST_DAY

/** The days that are asked for, both ends included; the last thirty where nothing is said. */
export function daysAsked(asked: { from?: string; to?: string }, today: Day): { from: Day; to: Day } {
  const wrong = Object.entries(asked).flatMap(([name, day]) =>
    isKnown(day) ? [] : [{ field: `query.${name}`, message: 'must be a day between 2000 and 2099' }],
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
