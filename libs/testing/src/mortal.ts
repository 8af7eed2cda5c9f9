import { Readable } from 'node:stream'

/** What a mortal process calls: `name` of the method and what it was given. */
type OnCall = (name: string | symbol, given: unknown[]) => void

/**
 * Parts of a process that dies at the call of number `fatal`, counted over all of them: just before it where the number is
 * even, or when its effect is there. From then on every call fails.
 */
export function dyingAt(fatal: number, onCall: OnCall = () => {}) {
  let calls = 0
  const died = () => new Error('the process died')
  const mortal = <T extends object>(part: T): T =>
    new Proxy(part, {
      get: (target, name, receiver) => {
        const method: unknown = Reflect.get(target, name, receiver)
        if (typeof method !== 'function') return method
        return async (...given: unknown[]) => {
          const at = (calls += 1)
          onCall(name, given)
          if (at >= fatal && fatal % 2 === 0) throw died()
          const answer: unknown = await Reflect.apply(method, target, given)
          if (at < fatal) return answer
          if (answer instanceof Readable) answer.destroy()
          throw died()
        }
      },
    })
  return { mortal, lived: () => calls < fatal }
}
