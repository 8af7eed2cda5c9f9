import type { QueryClient } from '@tanstack/react-query'
import type { AnyRouter } from '@tanstack/react-router'
import { identity } from '../api/clients.ts'
import { session } from './session.ts'

/** Keeps the page true to the session: another person sees nothing of the last one, and new roles take effect. */
export function followSession({ queryClient, router }: { queryClient: QueryClient; router: AnyRouter }) {
  let before = session.user()
  session.subscribe(() => {
    const now = session.user()
    if (now === before) return
    if (now?.id !== before?.id) queryClient.clear()
    before = now
    // Runs the guards of the open page again: it may need a sign-in now.
    void router.invalidate()
  })
  void noticeNewRole()
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void noticeNewRole()
  })
}

/** The access token carries the role of the moment it was made; an admin may have changed it since. */
async function noticeNewRole() {
  const known = session.user()
  if (known === undefined) return
  try {
    const { role } = await identity.me()
    if (role !== known.role) await session.renew()
  } catch {
    // Only a courtesy: whatever is wrong, the page's own calls will meet it and say so.
  }
}
