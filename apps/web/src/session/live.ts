import type { SocketMessage } from '@aetherlearn/contracts/shape'
import { connectLive, type Live } from '@aetherlearn/sdk/live'
import { useEffect, useEffectEvent } from 'react'
import type { Static, TSchema } from 'typebox'
import { session, useUser } from './session.ts'

let open: { userId: string; live: Live } | undefined

/** One connection for the whole console, made when the first page listens and ended with the session. */
export function liveOf(userId: string): Live {
  if (open?.userId !== userId) {
    open?.live.close()
    open = { userId, live: connectLive({ origin: '', token: session.token }) }
  }
  return open.live
}

session.subscribe(() => {
  if (open === undefined || session.user()?.id === open.userId) return
  open.live.close()
  open = undefined
})

/** Hears one kind of message while the component is shown. Messages may be lost: poll what must be right. */
export function useLive<S extends TSchema>(
  message: SocketMessage<S>,
  listener: (payload: Static<S>) => void,
) {
  const userId = useUser()?.id
  const hear = useEffectEvent(listener)
  useEffect(
    () => (userId === undefined ? undefined : liveOf(userId).on(message, (payload) => hear(payload))),
    [userId, message],
  )
}
