const ARROW = '-->'
// Hours may be left out, and the fraction may follow a comma or a point: SubRip and WebVTT differ, and files mix them.
const TIME = /^(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,6}))?$/

/** Undefined for what is no time. */
export function secondsOf(text: string): number | undefined {
  const [whole, hours = '0', minutes = '', seconds = '', fraction = '0'] = TIME.exec(text) ?? []
  if (whole === undefined || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(`${seconds}.${fraction}`)
}

export const hasArrow = (line: string) => line.includes(ARROW)

/** `00:00:01,000 --> 00:00:02,500 …`; undefined for any other line. */
export function timingOf(line: string) {
  const arrow = line.indexOf(ARROW)
  if (arrow === -1) return undefined
  const [end = '', ...rest] = line
    .slice(arrow + ARROW.length)
    .trim()
    .split(/\s+/)
  const [startSeconds, endSeconds] = [secondsOf(line.slice(0, arrow).trim()), secondsOf(end)]
  if (startSeconds === undefined || endSeconds === undefined) return undefined
  return { startSeconds, endSeconds, rest }
}

/** As WebVTT writes it. */
export function timeOf(seconds: number): string {
  const millis = Math.round(seconds * 1000)
  const digits = (value: number, length: number) => String(Math.floor(value)).padStart(length, '0')
  const [hours, minutes] = [digits(millis / 3_600_000, 2), digits((millis / 60_000) % 60, 2)]
  return `${hours}:${minutes}:${digits((millis / 1000) % 60, 2)}.${digits(millis % 1000, 3)}`
}
