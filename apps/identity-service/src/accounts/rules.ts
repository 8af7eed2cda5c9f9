/** One person, one account: addresses that differ in case or in spaces around them are the same. */
export const normaliseEmail = (email: string) => email.trim().toLowerCase()
