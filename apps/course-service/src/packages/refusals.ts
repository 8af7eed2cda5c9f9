import { fail } from '@aetherlearn/service-kit/errors'

/** Why a package cannot be used, and what its instructor can do about it. */
export const unreadable = (what: string, advice: string, cause?: unknown) =>
  fail('PACKAGE_UNREADABLE', { detail: `${what}. ${advice}`, cause })
