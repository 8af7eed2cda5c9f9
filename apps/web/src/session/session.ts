import type { Role } from '@aetherlearn/contracts/shape'
import { createSession, type Exclusive } from '@aetherlearn/sdk/session'
import { useSyncExternalStore } from 'react'

const LOCK = 'aetherlearn.session'
const locks: LockManager | undefined = navigator.locks

/** Tabs share the stored tokens and a refresh token works once, so they renew in turns where the browser has locks. */
const between: Exclusive = (work) => (locks === undefined ? work() : locks.request(LOCK, () => work()))

export const session = createSession({ origin: '', storage: localStorage, exclusive: between })
window.addEventListener('storage', session.reload)

/** The signed-in person, or undefined. */
export const useUser = () => useSyncExternalStore(session.subscribe, session.user)

const teaches: Record<Role, boolean> = { student: false, instructor: true, admin: true }
export const canTeach = (role: Role | undefined) => role !== undefined && teaches[role]

/** Where a person's work is. */
export const homeOf = (role: Role) => (canTeach(role) ? '/teach' : '/learn')
