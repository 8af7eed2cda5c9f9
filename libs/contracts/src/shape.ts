import { Type, type Static, type TProperties, type TSchema } from 'typebox'

/** The three kinds of account, weakest first. */
export const roles = ['student', 'instructor', 'admin'] as const
export type Role = (typeof roles)[number]

/**
 * Who may call a route. `public`: anyone. `signed-in`: any valid access token. `instructor` and `admin`: a token
 * with that role (an admin passes both). `signed-url`: the URL itself carries a signature that the handler checks.
 * `credentials`: an Authorization header of another kind, which the handler checks.
 * Ownership of the thing itself is decided in the handler's query.
 */
export type Access = 'public' | 'signed-in' | 'instructor' | 'admin' | 'signed-url' | 'credentials'

/** Which bucket of the gateway's rate limiter a call is taken from; the numbers stand in the gateway's config. */
export type RateClass = 'read' | 'write' | 'sign-in' | 'heartbeat' | 'upload' | 'media'

export type EndpointSchema = {
  params?: TSchema
  querystring?: TSchema
  body?: TSchema
  response: Record<number, TSchema>
}

/** A Fastify route without its handler. `config` is required: a route without an access rule does not compile. */
export type Endpoint = {
  /** HEAD and OPTIONS only where a contract names them, as tus does. */
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD' | 'OPTIONS'
  url: `/${string}`
  summary: string
  config: { access: Access; rate: RateClass }
  schema: EndpointSchema
  /** Bytes; larger bodies answer 413. Left out: the kit's 64 KiB. */
  bodyLimit?: number
}
export type Api = Record<string, Endpoint>

export const endpoint = <const E extends Endpoint>(entry: E): E => entry

/** An event: a fact that its owner leaves in its outbox and that each listener hears at least once. */
export type EventType<S extends TSchema = TSchema> = { name: string; payload: S }
export const event = <S extends TSchema>(name: string, payload: S): EventType<S> => ({ name, payload })

/** Work for exactly one kind of worker, on the BullMQ queue of that name. */
export type JobType<S extends TSchema = TSchema> = { queue: string; payload: S }
export const job = <S extends TSchema>(queue: string, payload: S): JobType<S> => ({ queue, payload })

/** A Socket.IO message from the gateway to the browsers of one user. May be lost: pages read the state as well. */
export type SocketMessage<S extends TSchema = TSchema> = { name: string; payload: S }
export const socketMessage = <S extends TSchema>(name: string, payload: S): SocketMessage<S> => ({
  name,
  payload,
})

/** All that such a call says is its body. */
type CallableBySocket = Endpoint & {
  schema: { body: TSchema; params?: undefined; querystring?: undefined }
}
/**
 * An endpoint that browsers may also call over the Socket.IO connection they keep to the gateway: an event of this name
 * with the body, acknowledged with what the route answers, or with its problem document, and `status` in either.
 */
export type SocketCall<E extends Endpoint = Endpoint> = { name: string; endpoint: E }
export const socketCall = <const E extends CallableBySocket>(name: string, endpoint: E): SocketCall<E> => ({
  name,
  endpoint,
})

/** An object that refuses fields it does not name: what clients send is always one of these. */
export const Strict = <P extends TProperties>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })

/** A MongoDB ObjectId as 24 lower-case hex digits. */
export const Id = Type.String({ pattern: '^[0-9a-f]{24}$' })
export const Message = Type.Object({ message: Type.String() })
/** RFC 3339 date-time in UTC. */
export const Instant = Type.String()
/** Seconds of media time. The upper limit is 100 hours, above any video we accept. */
export const Seconds = Type.Number({ minimum: 0, maximum: 360_000 })

/** Text a person wrote; at least one character that is not white space. */
export const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '\\S' })

/** One of a few words. */
export const OneOf = <const W extends string[]>(words: readonly [...W]) =>
  Type.Enum(words, { type: 'string' })

export type Payload<T extends { payload: TSchema }> = Static<T['payload']>
