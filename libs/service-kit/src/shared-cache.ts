import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import { LRUCache } from 'lru-cache'
import { createLeaseCache } from './lease-cache.ts'

/** An answer as it goes out, and the mark by which a client asks whether it has it already (RFC 9110 §8.8.3). */
export type ReadyAnswer = { bytes: Buffer; etag: string }

export function readyAnswer(text: string): ReadyAnswer {
  const bytes = Buffer.from(text)
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"` }
}

export type SharedCacheOptions = {
  /** Its commands must fail soon: a request waits for them before it asks the source. */
  redis: Redis
  /** Used for nothing else. */
  subscriber: Redis
  /** On which the instances tell each other what is out of date. */
  channel: string
  /** How long the server keeps an answer: the backstop to drops that were lost. */
  keptMs?: number
  /** For what this process made of the answers: an instance, maybe this one, dropped these keys. Can be missed. */
  onDrop?: (keys: string[]) => void
  now?: () => number
}

export type SharedCache = {
  /** What this process holds. */
  held(key: string, page: string): ReadyAnswer | undefined
  /** The answer; `load` reads it from the source where nobody has it. What `load` throws is thrown. */
  read(key: string, page: string, load: () => Promise<string>): Promise<ReadyAnswer>
  /**
   * All pages of the keys are out of date: call it after the commit. What this process held is gone when it returns,
   * what the server and other processes hold when the promise resolves or, where the server is away, when it is back.
   */
  drop(keys: string[]): Promise<void>
  close(): Promise<void>
}

const KEPT_MS = 10 * 60_000
const LOCAL_BYTES = 64 * 1024 * 1024
/** A longer answer is given to those who wait for it and not kept. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** A copy is taken anew after this: the backstop to messages that were lost. */
const LOCAL_MS = 2000
const DROP_AGAIN_MS = 200
/** While another instance reads the same, we look whether it is done. */
const WAIT_MS = 600
const LOOK_EVERY_MS = 10

type Copy = ReadyAnswer & { until: number }

/**
 * Answers that all instances share, with a copy in each process. Each is read from the source once, however many ask;
 * while the server is away or frozen, once at a time in each process.
 */
export function createSharedCache(options: SharedCacheOptions): SharedCache {
  const { redis, subscriber, channel, keptMs = KEPT_MS, onDrop, now = Date.now } = options
  const shared = createLeaseCache(redis, keptMs, now)
  const copies = new LRUCache<string, Copy>({
    maxSize: LOCAL_BYTES,
    sizeCalculation: ({ bytes }) => bytes.length + 200,
  })
  /** Reads under way that nothing has made out of date. */
  const reading = new Map<string, Promise<ReadyAnswer>>()
  const hearing = hearDrops(subscriber, channel, {
    drop: (keys) => {
      forget(keys)
      onDrop?.(keys)
    },
    forgetAll: () => copies.clear(),
  })
  const idOf = (key: string, page: string) => `${key}\n${page}`

  function forget(keys: string[]) {
    for (const key of keys) {
      const start = idOf(key, '')
      for (const id of copies.keys()) if (id.startsWith(start)) copies.delete(id)
      for (const id of reading.keys()) if (id.startsWith(start)) reading.delete(id)
    }
  }

  const held = (key: string, page: string) => {
    const copy = copies.get(idOf(key, page))
    return copy !== undefined && copy.until > now() ? copy : undefined
  }

  async function readShared(key: string, page: string, load: () => Promise<string>): Promise<string> {
    const deadline = now() + WAIT_MS
    for (;;) {
      const taken = await shared.take(key, page)
      if (taken.kind === 'value') return taken.value
      if (taken.kind === 'load') return loadAndFill(key, page, taken.token, load)
      if (taken.kind === 'away' || now() > deadline) return load()
      await pause(LOOK_EVERY_MS)
    }
  }

  async function loadAndFill(key: string, page: string, token: string, load: () => Promise<string>) {
    let text = ''
    try {
      text = await load()
      return text
    } finally {
      // Nobody waits for it: the answer is there.
      void shared.fill(key, page, token, text.length > MAX_ANSWER_BYTES ? '' : text)
    }
  }

  function start(key: string, page: string, load: () => Promise<string>) {
    const id = idOf(key, page)
    const heard = hearing.count()
    const work = readShared(key, page, load).then((text) => {
      const answer = readyAnswer(text)
      const isCurrent = reading.get(id) === work && hearing.isHearing() && hearing.count() === heard
      if (isCurrent && answer.bytes.length <= MAX_ANSWER_BYTES)
        copies.set(id, { ...answer, until: now() + LOCAL_MS })
      return answer
    })
    reading.set(id, work)
    const done = () => {
      if (reading.get(id) === work) reading.delete(id)
    }
    work.then(done, done)
    return work
  }

  const again = setInterval(() => {
    if (shared.hasUndropped()) void shared.drop([], channel)
  }, DROP_AGAIN_MS).unref()

  return {
    held,
    read: async (key, page, load) =>
      held(key, page) ?? reading.get(idOf(key, page)) ?? start(key, page, load),
    drop: async (keys) => {
      forget(keys)
      await shared.drop(keys, channel)
    },
    close: async () => {
      clearInterval(again)
      await hearing.stop()
    },
  }
}

type Heard = { drop(keys: string[]): void; forgetAll(): void }

/** Copies are good only while we hear what the others drop. */
function hearDrops(subscriber: Redis, channel: string, heard: Heard) {
  let hearing = false
  let losses = 0
  const subscribe = () => {
    subscriber.subscribe(channel).then(
      () => {
        hearing = true
      },
      () => {
        // The connection ended meanwhile; the next one subscribes again.
      },
    )
  }
  const lose = () => {
    hearing = false
    losses += 1
    heard.forgetAll()
  }
  const onMessage = (on: string, text: string) => {
    if (on === channel) heard.drop(JSON.parse(text) as string[])
  }
  subscriber.on('message', onMessage)
  subscriber.on('close', lose)
  subscriber.on('ready', subscribe)
  if (subscriber.status === 'ready') subscribe()
  return {
    isHearing: () => hearing,
    /** How often the connection was lost. */
    count: () => losses,
    stop: async () => {
      subscriber.off('message', onMessage).off('close', lose).off('ready', subscribe)
      hearing = false
      await subscriber.unsubscribe(channel).catch(() => undefined)
    },
  }
}
