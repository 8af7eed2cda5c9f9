import type { Api } from '@aetherlearn/contracts/shape'
import { ApiError, createClient, type Client } from '@aetherlearn/sdk/client'
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'

/** The part of a Fastify app that tests call, whatever its type provider. */
export type Injectable = Pick<FastifyInstance, 'inject'>

/** The SDK's own client, over `app.inject` instead of a network. */
export function clientOf<A extends Api>(app: Injectable, api: A, token?: string): Client<A> {
  const send: typeof fetch = async (address, init = {}) => {
    const response = await app.inject(injection(String(address), init))
    const headers = new Headers()
    for (const [name, value] of Object.entries(response.headers)) headers.set(name, String(value))
    return new Response(new Uint8Array(response.rawPayload), { status: response.statusCode, headers })
  }
  return createClient(api, { origin: '', token: () => token, fetch: send })
}

function injection(url: string, init: RequestInit): InjectOptions {
  const method = init.method ?? 'GET'
  const headers = init.headers as Record<string, string>
  if (init.body === undefined || init.body === null) return { method, url, headers }
  const { body } = init
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : Buffer.from(body as Uint8Array)
  return { method, url, headers, payload }
}

export type RawCall = {
  method: string
  url: string
  body?: unknown
  token?: string
  headers?: Record<string, string>
}

/** A request that the typed client would not let a test write. */
export function rawCall(app: Injectable, call: RawCall): Promise<LightMyRequestResponse> {
  const authorization = call.token === undefined ? {} : { authorization: `Bearer ${call.token}` }
  return app.inject({
    method: call.method,
    url: call.url,
    headers: { ...authorization, ...call.headers },
    ...(call.body === undefined ? {} : { payload: call.body as string | object | Buffer }),
  })
}

/** The problem that a refused call answers; throws when the call succeeds. */
export async function refusal(call: Promise<unknown>) {
  const answer = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (answer instanceof ApiError) return answer.problem
  if (answer instanceof Error) throw answer
  throw new Error('the call was expected to be refused, but it succeeded', { cause: answer })
}
