export const dateIn = (timeZone: string, moment = Date.now()) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone }).format(moment)

/** A zone in which no day ends while a test file runs. */
export const quietZone = () =>
  dateIn('Asia/Tokyo') === dateIn('Asia/Tokyo', Date.now() + 900_000) ? 'Asia/Tokyo' : 'America/New_York'
