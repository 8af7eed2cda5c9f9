const MINUTE = 60
const HOUR = 3600
/** Of so many hours nobody wants to know the minutes. */
const MANY_HOURS = 100

/** A position on a player: `0:07`, `12:03`, `1:00:09`. */
export function clock(seconds: number): string {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0
  const pad = (part: number) => String(part).padStart(2, '0')
  const rest = `${pad(Math.floor(whole / MINUTE) % MINUTE)}:${pad(whole % MINUTE)}`
  return whole >= HOUR ? `${Math.floor(whole / HOUR)}:${rest}` : rest.replace(/^0/, '')
}

/** A length of time in words, in the two largest units: `45 s`, `12 min`, `1 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < MINUTE) return `${whole} s`
  if (whole < 10 * MINUTE && whole % MINUTE > 0)
    return `${Math.floor(whole / MINUTE)} min ${whole % MINUTE} s`
  const minutes = Math.round(whole / MINUTE)
  if (minutes < MINUTE) return `${minutes} min`
  if (minutes >= MANY_HOURS * MINUTE) return `${number(Math.round(minutes / MINUTE))} h`
  const rest = minutes % MINUTE
  return rest === 0 ? `${minutes / MINUTE} h` : `${Math.floor(minutes / MINUTE)} h ${rest} min`
}

/** `1 lecture`, `2 lectures`. */
export const count = (amount: number, one: string, many = `${one}s`) =>
  `${number(amount)} ${amount === 1 ? one : many}`

const numbers = new Intl.NumberFormat('en')
export const number = (value: number) => numbers.format(value)

const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
export const decimal = (value: number) => oneDigit.format(value)
export const percent = (value: number) => `${oneDigit.format(value)} %`

const UNITS = ['B', 'KB', 'MB', 'GB']
/** Decimal units, as file managers show them. */
export function bytes(amount: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(amount, 1)) / 3), UNITS.length - 1)
  return `${oneDigit.format(amount / 1000 ** power)} ${UNITS[power] ?? ''}`
}

const dates = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric' })
export const longDate = (instant: string | Date) => dates.format(new Date(instant))

const times = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' })
export const timeOfDay = (instant: string) => times.format(new Date(instant))
