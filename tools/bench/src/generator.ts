import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'

/** What `load.ts` hands to this process on its standard input. */
export type Plan = {
  host: string
  port: number
  /** Whole HTTP/1.1 requests, sent in turn. */
  requests: string[]
  connections: number
  seconds: number
  /** Requests per second, evenly spaced, whether or not those before were answered; left out: as fast as it goes. */
  rate?: number
  /** Ends when each request was sent, whatever `seconds` says. */
  once?: boolean
}
/** Moments are in ms since 1970; what a request took is counted from the moment at which it was due. */
export type Sent = { seconds: number; bad: number; firstBad: string; dueAt: number[]; tookMs: number[] }
type Connection = { send(due: number): void; socket: Socket }

const HEAD_END = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')
/** The first digit of the status, in `HTTP/1.1 200 OK`. */
const isGood = (answer: Buffer) => answer[9] === 0x32

/** Whether this is all of an answer; there is never more than one under way on a connection. */
function isWhole(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf(HEAD_END)
  if (headEnd < 0) return false
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase()
  const bodyAt = headEnd + HEAD_END.length
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  if (length !== undefined) return bytes.length >= bodyAt + Number(length)
  if (!head.includes('\r\ntransfer-encoding: chunked')) return true
  return bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK)
}

function onAnswers(socket: Socket, answered: (answer: Buffer) => void) {
  let parts: Buffer[] = []
  socket.on('data', (bytes: Buffer) => {
    parts.push(bytes)
    const received = parts.length === 1 ? bytes : Buffer.concat(parts)
    if (!isWhole(received)) return
    parts = []
    answered(received)
  })
}

/** Calls `send` with each moment at which a request is due; late, where this process was held up, but with that moment. */
async function evenlySpaced(rate: number, seconds: number, send: (due: number) => void) {
  const started = performance.now()
  const { promise, resolve } = Promise.withResolvers<void>()
  const all = seconds * rate
  let next = 0
  const timer = setInterval(() => {
    const passed = performance.now() - started
    for (; next < all && (next / rate) * 1000 <= passed; next += 1) send(started + (next / rate) * 1000)
    if (next < all) return
    clearInterval(timer)
    resolve()
  }, 1)
  await promise
}

/** Sends as planned. A request that waits for a free connection, or for this process, waits on its own clock. */
async function generate(plan: Plan): Promise<Sent> {
  const { requests, rate, seconds } = plan
  const buffers = requests.map((request) => Buffer.from(request))
  const sent: Sent = { seconds: 0, bad: 0, firstBad: '', dueAt: [], tookMs: [] }
  const idle: Connection[] = []
  const overdue: number[] = []
  const allAnswered = Promise.withResolvers<void>()
  let [count, until] = [0, Infinity]
  const mayGoOn = () => (plan.once === true ? count < buffers.length : performance.now() < until)

  const open = async (): Promise<Connection> => {
    const socket = connect(plan.port, plan.host)
    await once(socket, 'connect')
    socket.setNoDelay(true)
    let due = 0
    const send = (at: number) => {
      due = at
      socket.write(buffers[count % buffers.length] ?? '')
      count += 1
    }
    onAnswers(socket, (answer) => {
      const now = performance.now()
      sent.dueAt.push(Math.round(performance.timeOrigin + due))
      sent.tookMs.push(Number((now - due).toFixed(3)))
      if (!isGood(answer)) {
        sent.bad += 1
        sent.firstBad ||= answer.toString()
      }
      const waiting = overdue.shift()
      if (waiting !== undefined) send(waiting)
      else if (rate === undefined && mayGoOn()) send(now)
      else if (idle.push({ send, socket }) === plan.connections) allAnswered.resolve()
    })
    return { send, socket }
  }

  const connections = await Promise.all(Array.from({ length: plan.connections }, open))
  const started = performance.now()
  until = started + seconds * 1000
  if (rate === undefined) {
    for (const { send } of connections) send(performance.now())
    await allAnswered.promise
  } else {
    idle.push(...connections)
    await evenlySpaced(rate, seconds, (due) => {
      const connection = idle.shift()
      if (connection === undefined) overdue.push(due)
      else connection.send(due)
    })
    if (idle.length < plan.connections) await allAnswered.promise
  }
  sent.seconds = (performance.now() - started) / 1000
  for (const { socket } of connections) socket.destroy()
  return sent
}

const plan = JSON.parse(await text(process.stdin)) as Plan
process.stdout.write(JSON.stringify(await generate(plan)))
