import { notification } from '@aetherlearn/contracts/media'
import type { Payload, SocketMessage } from '@aetherlearn/contracts/shape'
import type { Redis } from 'ioredis'

/** Source document 003 §5: the pub/sub channel that every gateway hears. */
export const NOTIFICATIONS = 'notifications'

/** What travels on the channel: source document 003 §5 `{ userId, type, message }`, and the payload of `type`. */
export type LiveMessage = { userId: string; type: string; message: string; payload: unknown }

export type Live = {
  /** Sends to all browsers of one user. May be lost: say it after the commit, and never let anything depend on it. */
  toUser<M extends SocketMessage>(userId: string, type: M, payload: Payload<M>): Promise<void>
  /** A sentence for a person, besides the message it belongs to. */
  notify(userId: string, type: SocketMessage, message: string): Promise<void>
}

/** A message as it travels on the channel, for a script that says it in the same step as it changes state. */
export const liveMessage = <M extends SocketMessage>(
  userId: string,
  type: M,
  payload: Payload<M>,
): string => {
  // As `LiveMessage`: thousands of these are made in a second, and flat objects are written in half the time.
  const [user, name] = [JSON.stringify(userId), JSON.stringify(type.name)]
  return `{"userId":${user},"type":${name},"message":"","payload":${JSON.stringify(payload)}}`
}

export function createLive(redis: Pick<Redis, 'publish'>): Live {
  const publish = async (message: string) => {
    await redis.publish(NOTIFICATIONS, message).catch(() => undefined)
  }
  return {
    toUser: (userId, type, payload) => publish(liveMessage(userId, type, payload)),
    notify: (userId, type, message) =>
      publish(
        JSON.stringify({
          userId,
          type: notification.name,
          message,
          payload: { type: type.name, message },
        } satisfies LiveMessage),
      ),
  }
}
