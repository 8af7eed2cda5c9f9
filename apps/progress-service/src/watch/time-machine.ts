import type { Redis } from 'ioredis'

/** For tests: the time of Redis cannot be moved, but what a student has used of it can. */
export async function letPass(shared: Redis, database: string, userId: string, ms: number): Promise<void> {
  const [key = ''] = await shared.keys(`${database}:clock:*:${userId}`)
  const clock = (await shared.get(key)) ?? ''
  const [free = '', players = '', spans = ''] = clock.split('|')
  const earlier = (second: string) =>
    (parseInt(second, 36) - Math.round(ms / 1000)).toString(36).padStart(6, '0')
  const moved = [`${Number(free) - ms}`, players, spans.replaceAll(/.{6}/g, earlier)].join('|')
  await shared.set(key, moved, 'KEEPTTL')
}
