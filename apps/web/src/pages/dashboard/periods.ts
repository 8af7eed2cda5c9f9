/** Both ends belong to it; calendar days in UTC, `YYYY-MM-DD`. */
export type Days = { from: string; to: string }
export type Pair = { period: Days; against: Days }

const DAY_MS = 86_400_000

const dayAt = (moment: number) => new Date(moment).toISOString().slice(0, 10)

/** `amount` days up to `last`. */
const daysUpTo = (last: number, amount: number): Days => ({
  from: dayAt(last - (amount - 1) * DAY_MS),
  to: dayAt(last),
})

/** The last days up to and with today, and as many before them. */
export function lastDays(amount: number, now: Date): Pair {
  const last = now.getTime()
  return { period: daysUpTo(last, amount), against: daysUpTo(last - amount * DAY_MS, amount) }
}

/** Whether somebody who is still typing has said both periods. */
export const isWhole = ({ period, against }: Pair) =>
  [period, against].every(({ from, to }) => from !== '' && to !== '' && from <= to)

/** What is asked of the server: a day that is left empty is no limit. */
export const limitsOf = ({ from, to }: Days): Partial<Days> => ({
  ...(from !== '' && { from }),
  ...(to !== '' && { to }),
})
