import { NOTIFICATIONS } from '@aetherlearn/service-kit/live'
import type { FastifyBaseLogger } from 'fastify'
import type { Redis } from 'ioredis'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { UserSockets } from './server.ts'

const LiveMessage = Type.Object({ userId: Type.String(), type: Type.String(), payload: Type.Unknown() })
const isLiveMessage = Compile(LiveMessage)

/** Source document 003 §5: every gateway hears every message and hands it to the browsers that it holds itself. */
export async function hearNotifications(redis: Redis, sockets: UserSockets, log: FastifyBaseLogger) {
  redis.on('message', (_channel: string, text: string) => {
    const message = parse(text)
    if (!isLiveMessage.Check(message)) return log.warn('a notification has the wrong form, dropped')
    sockets.emit(message.userId, message.type, message.payload)
  })
  // ioredis subscribes again by itself after each reconnection.
  await redis.subscribe(NOTIFICATIONS)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Not ours: the check that follows says so.
    return undefined
  }
}
