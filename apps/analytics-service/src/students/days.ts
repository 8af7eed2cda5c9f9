import { numberOfDay } from '../batch.ts'

/** So that the bits of one number fit the smallest integer that MongoDB has. */
const DAYS_PER_NUMBER = 30

/** Days of UTC, counted from 1970. */
export const dayOf = (moment: Date | number): number => numberOfDay(Number(moment))

/**
 * Days as bits of a few numbers. A day that is noted again changes nothing, whoever notes it, and years of somebody's days
 * are read in an instant.
 */
export type PackedDays = Record<string, number>

/** Which number a day is in, and which of its bits it is. */
export const placeOfDay = (day: number) => ({
  name: String(Math.floor(day / DAYS_PER_NUMBER)),
  bits: 1 << (day % DAYS_PER_NUMBER),
})

/** The days that are in any of these, oldest first. */
export function unpackDays(...packed: PackedDays[]): number[] {
  const numbers = new Map<number, number>()
  for (const [name, bits] of packed.flatMap((one) => Object.entries(one)))
    numbers.set(Number(name), (numbers.get(Number(name)) ?? 0) | bits)
  const days: number[] = []
  for (const [number, bits] of [...numbers].sort(([a], [b]) => a - b))
    for (let i = 0; i < DAYS_PER_NUMBER; i += 1)
      if ((bits & (1 << i)) !== 0) days.push(number * DAYS_PER_NUMBER + i)
  return days
}
