import type { Role } from '@aetherlearn/contracts/shape'
import { fail } from '@aetherlearn/service-kit/errors'

/** One person, one account: addresses that differ in case or in spaces around them are the same. */
export const normaliseEmail = (email: string) => email.trim().toLowerCase()

/** Courses must not lose who looks after them, nor the system its last admin. */
export function assertStudent(role: Role) {
  if (role === 'student') return
  throw fail('NOT_A_STUDENT', {
    detail: `This is an ${role}’s account: see to its courses first, then an admin makes it a student’s`,
  })
}
