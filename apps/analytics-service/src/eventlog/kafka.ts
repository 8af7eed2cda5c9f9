import { onceItWorks } from '@aetherlearn/service-kit/once-it-works'
import { Admin, Consumer, Producer, findErrorBy, stringSerializers } from '@platformatic/kafka'
import { Value } from 'typebox/value'
import { LogEvent } from './event.ts'
import type { EventLog } from './port.ts'

export type KafkaOptions = {
  /** `host:port`. */
  brokers: string[]
  topic: string
  /** Of a topic that is made here. */
  partitions: number
}
/** Partition → the offset to go on from. */
type Offsets = Map<number, bigint>

const CLIENT = 'analytics-service'
/** Up to where its readers are is kept by the broker under this name, where everybody who looks at lags finds it. */
const GROUP = 'analytics-service.clickhouse'
const PATIENCE = {
  retries: 1,
  retryDelay: 200,
  timeout: 10_000,
  connectTimeout: 3000,
  requestTimeout: 10_000,
}
const FETCH = { maxWaitTime: 100, minBytes: 1, maxBytes: 2_000_000 }
const PARTITION_BYTES = 500_000
const ACKNOWLEDGED_BY_ALL = -1
/** Kafka is on the way only: what names somebody is gone from it long before the last sweep of an erasure. */
const KEPT = { name: 'retention.ms', value: String(7 * 86_400_000) }
const EARLIEST = -2n
const LATEST = -1n

/**
 * Events in a topic of Kafka, those of a course in one partition. They are read by plain fetches from the offsets that
 * the group has committed, without becoming a member of it: of several instances one reads at a time, and a broker that
 * comes back is asked again like any other server.
 */
export function createKafkaLog({ brokers, topic, partitions }: KafkaOptions): EventLog {
  const options = { clientId: CLIENT, bootstrapBrokers: brokers, ...PATIENCE }
  const admin = new Admin(options)
  const producer = new Producer({ ...options, serializers: stringSerializers })
  const consumer = new Consumer({ ...options, groupId: GROUP })

  /** Not at the start: nobody waits for Kafka. */
  const ready = onceItWorks(async () => {
    try {
      await admin.createTopics({ topics: [topic], partitions, replicas: -1, configs: [KEPT] })
    } catch (error) {
      if (!(error instanceof Error) || findErrorBy(error, 'apiId', 'TOPIC_ALREADY_EXISTS') === null)
        throw error
    }
  })

  /** Where the next event of each partition lies; what was never read, or is no more, begins with the earliest. */
  async function nextOffsets(count: number): Promise<Offsets> {
    const indexes = Array.from({ length: count }, (_, partition) => partition)
    const asked = { groups: [{ groupId: GROUP, topics: [{ name: topic, partitionIndexes: indexes }] }] }
    const [[group], earliest, latest] = await Promise.all([
      admin.listConsumerGroupOffsets(asked),
      consumer.listOffsets({ topics: [topic], timestamp: EARLIEST }),
      consumer.listOffsets({ topics: [topic], timestamp: LATEST }),
    ])
    const committed = new Map(
      group?.topics[0]?.partitions.map((partition) => [partition.partitionIndex, partition.committedOffset]),
    )
    return new Map(
      indexes.map((partition) => {
        const first = earliest.get(topic)?.[partition] ?? 0n
        const end = latest.get(topic)?.[partition] ?? 0n
        const known = committed.get(partition) ?? -1n
        return [partition, known < first || known > end ? first : known]
      }),
    )
  }

  async function fetchFrom(node: number, topicId: string, from: Offsets) {
    const asked = [...from].map(([partition, fetchOffset]) => ({
      partition,
      fetchOffset,
      currentLeaderEpoch: -1,
      lastFetchedEpoch: -1,
      partitionMaxBytes: PARTITION_BYTES,
    }))
    const answer = await consumer.fetch({ ...FETCH, node, topics: [{ topicId, partitions: asked }] })
    return answer.responses.flatMap((response) => response.partitions).flatMap(recordsOf(from))
  }

  return {
    async append(events) {
      await ready()
      const messages = events.map((event) => ({ topic, key: event.courseId, value: JSON.stringify(event) }))
      await producer.send({ messages, acks: ACKNOWLEDGED_BY_ALL, compression: 'zstd' })
    },

    async take() {
      await ready()
      const found = (await admin.metadata({ topics: [topic], forceUpdate: true })).topics.get(topic)
      if (found === undefined) throw new Error(`Kafka has no topic ${topic}`)
      const offsets = await nextOffsets(found.partitions.length)
      const leaders = Map.groupBy(offsets, ([partition]) => found.partitions[partition]?.leader ?? -1)
      const fetched = await Promise.all(
        [...leaders].map(([node, from]) => fetchFrom(node, found.id, new Map(from))),
      )
      const records = fetched.flat()
      const behind: Offsets = new Map()
      for (const { partition, offset } of records) behind.set(partition, offset + 1n)
      return {
        events: records.map(({ text }) => Value.Parse(LogEvent, JSON.parse(text))),
        done: async () => {
          if (behind.size === 0) return
          const partitionOffsets = [...behind].map(([partition, offset]) => ({ partition, offset }))
          await admin.alterConsumerGroupOffsets({
            groupId: GROUP,
            topics: [{ name: topic, partitionOffsets }],
          })
        },
      }
    },

    async close() {
      await Promise.allSettled([producer.close(), consumer.close(true), admin.close()])
    },
  }
}

type Answer = Awaited<ReturnType<Consumer['fetch']>>
type FetchedPartition = Answer['responses'][number]['partitions'][number]
/** A broker sends whole blocks: those before the offset that was asked for are left out. */
const recordsOf =
  (from: Offsets) =>
  ({ partitionIndex: partition, records }: FetchedPartition) =>
    (records ?? [])
      .flatMap((block) =>
        block.records.map((record) => ({
          partition,
          offset: block.firstOffset + BigInt(record.offsetDelta),
          text: record.value?.toString() ?? '',
        })),
      )
      .filter(({ offset }) => offset >= (from.get(partition) ?? 0n))
