import { redirect } from '@tanstack/react-router'
import { canTeach, session } from './session.ts'

type Entering = { location: { href: string } }

/** Sends a visitor to the sign-in page and back here afterwards. */
export function signedIn({ location }: Entering) {
  const user = session.user()
  if (user === undefined) throw redirect({ to: '/signin', search: { next: location.href } })
  return user
}

/** Thrown where a page is not for this role; the route's error page says it in words. */
export class NotForYourRole extends Error {
  override name = 'NotForYourRole'
}

export function instructorsOnly(entering: Entering) {
  if (!canTeach(signedIn(entering).role)) throw new NotForYourRole('This page is for instructors')
}

export function adminsOnly(entering: Entering) {
  if (signedIn(entering).role !== 'admin') throw new NotForYourRole('This page is for administrators')
}
