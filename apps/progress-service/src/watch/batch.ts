/** A script for one of many; all keys of one are in one slot of a Redis Cluster. */
export type OneOfMany = { lua: string; keysEach: number; valuesEach: number }
type Value = string | number
type Asked<A> = PromiseWithResolvers<A> & { slot: string; keys: string[]; values: Value[] }
type Call<A> = (numberOfKeys: number, ...keysAndValues: Value[]) => Promise<A[]>

/** A script runs alone on its Redis, and this is about a millisecond. */
const MOST = 100

/** The script as `createBatch` calls it: any number at once, answering as many. */
export const forEach = ({ lua, keysEach, valuesEach }: OneOfMany) => `
local function one(KEYS, ARGV)
${lua}
end
local function part(list, each, i) return { unpack(list, each * (i - 1) + 1, each * i) } end
local answers = {}
for i = 1, #KEYS / ${keysEach} do
  answers[i] = one(part(KEYS, ${keysEach}, i), part(ARGV, ${valuesEach}, i))
end
return answers
`

const isCrossSlot = (error: unknown) => error instanceof Error && error.message.startsWith('CROSSSLOT')

/**
 * What is asked of a script in one turn of the event loop leaves in one call: at tens of thousands a second a call of its
 * own is a fifth of what each costs. A Redis Cluster refuses keys of several slots, and is then called once for each `slot`.
 */
export function createBatch<A>(call: Call<A>, { keysEach }: Pick<OneOfMany, 'keysEach'>) {
  let waiting: Asked<A>[] = []
  let bySlot = false

  async function send(all: Asked<A>[]) {
    const sent: Value[] = []
    for (const { keys } of all) sent.push(...keys)
    for (const { values } of all) sent.push(...values)
    const answers = await call(keysEach * all.length, ...sent)
    for (const [index, { resolve, reject }] of all.entries()) {
      const answer = answers[index]
      if (answer === undefined) reject(new Error('a script answered too little'))
      else resolve(answer)
    }
  }

  function refuse(all: Asked<A>[], error: unknown) {
    for (const { reject } of all) reject(error)
  }

  function sendBySlot(all: Asked<A>[]) {
    const slots = Map.groupBy(all, ({ slot }) => slot)
    for (const some of slots.values()) send(some).catch((error: unknown) => refuse(some, error))
  }

  function sendAll() {
    const all = waiting
    waiting = []
    if (all.length === 0) return
    if (bySlot) return sendBySlot(all)
    send(all).catch((error: unknown) => {
      if (!isCrossSlot(error)) return refuse(all, error)
      bySlot = true
      sendBySlot(all)
    })
  }

  return (slot: string, keys: string[], values: Value[]): Promise<A> => {
    const asked = { ...Promise.withResolvers<A>(), slot, keys, values }
    if (waiting.length === 0) setImmediate(sendAll)
    waiting.push(asked)
    if (waiting.length >= MOST) sendAll()
    return asked.promise
  }
}
