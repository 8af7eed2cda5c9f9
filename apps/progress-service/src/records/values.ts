import { fail } from '@aetherlearn/service-kit/errors'

/** Looks at a value and throws, naming where it stands, if it is not what it should be. */
export type Check = (value: unknown, field: string) => void
export type Fields = Record<string, Check>

export const refuse = (field: string, message: string) =>
  fail('INVALID_INPUT', { errors: [{ field, message }] })

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const matching =
  (pattern: RegExp, message: string): Check =>
  (value, field) => {
    if (typeof value !== 'string' || !pattern.test(value)) throw refuse(field, message)
  }

export const text: Check = (value, field) => {
  if (typeof value !== 'string') throw refuse(field, 'must be a string')
}
export const flag: Check = (value, field) => {
  if (typeof value !== 'boolean') throw refuse(field, 'must be true or false')
}
export const number: Check = (value, field) => {
  if (typeof value !== 'number') throw refuse(field, 'must be a number')
}
export const count: Check = (value, field) => {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0)
    throw refuse(field, 'must be a whole number from 0 on')
}
export const object: Check = (value, field) => {
  if (!isObject(value)) throw refuse(field, 'must be an object')
}
export const uuid = matching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, 'must be a UUID')
/** RFC 3987, as far as it can be told from a relative reference or from prose. */
export const iri = matching(/^[a-z][a-z0-9+.-]*:[^\s<>"{}|\\^`]+$/i, 'must be an IRI with its scheme')
export const mailbox = matching(/^mailto:[^\s@]+@[^\s@]+$/, 'must be a mailto IRI')
export const sha1 = matching(/^[0-9a-f]{40}$/i, 'must be a SHA-1 in hex digits')
export const sha2 = matching(
  /^([0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i,
  'must be a SHA-2 in hex digits',
)
export const mediaType = matching(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(\s*;.*)?$/, 'must be an internet media type')
/** ISO 8601:2004 §4.4.3.2; weeks stand alone. */
export const duration = matching(
  /^P(?!$)(\d+(\.\d+)?W|(\d+(\.\d+)?Y)?(\d+(\.\d+)?M)?(\d+(\.\d+)?D)?(T(?=\d)(\d+(\.\d+)?H)?(\d+(\.\d+)?M)?(\d+(\.\d+)?S)?)?)$/,
  'must be a duration of ISO 8601',
)

const MOMENT = /^\d{4}-\d\d-\d\d([T ]\d\d:?\d\d(:?\d\d([.,]\d+)?)?(?<zone>Z|[+-]\d\d(:?\d\d)?)?)?$/i

/** Milliseconds since 1970 of a moment of ISO 8601; without a zone it is in UTC. NaN where it is none. */
export function timeOf(moment: string): number {
  const zone = MOMENT.exec(moment)?.groups?.['zone']
  if (!MOMENT.test(moment) || /^-00(:?00)?$/.test(zone ?? '')) return NaN
  const [, date = '', hour = '00', minute = '00', second = '00', fraction = ''] =
    /^(.{10})(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d+))?)?)?/i.exec(moment) ?? []
  const [, sign = '+', hours = '00', minutes = '00'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone ?? '') ?? []
  const milliseconds = fraction.slice(0, 3).padEnd(3, '0')
  // A second may be 60 where one was inserted.
  const shown = second === '60' ? '59' : second
  return Date.parse(`${date}T${hour}:${minute}:${shown}.${milliseconds}${sign}${hours}:${minutes}`)
}
export const moment: Check = (value, field) => {
  if (typeof value !== 'string' || Number.isNaN(timeOf(value)))
    throw refuse(field, 'must be a date and time of ISO 8601')
}

/** RFC 5646 §2.1 without the irregular tags, which nobody uses. */
const TAG =
  /^(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?<extensions>(?:-[a-wyz0-9](?:-[a-z0-9]{2,8})+)*)(?:-x(?:-[a-z0-9]{1,8})+)?$/i
export const language: Check = (value, field) => {
  const found = typeof value === 'string' ? TAG.exec(value) : null
  const singletons = [...(found?.groups?.['extensions'] ?? '').matchAll(/-([a-z0-9])(?=-)/gi)].map(
    ([, one]) => one,
  )
  if (found === null || new Set(singletons).size < singletons.length)
    throw refuse(field, 'must be a language tag of RFC 5646')
}

export const oneOf =
  (...words: string[]): Check =>
  (value, field) => {
    if (typeof value !== 'string' || !words.includes(value))
      throw refuse(field, `must be one of ${words.join(', ')}`)
  }

export const listOf =
  (check: Check): Check =>
  (value, field) => {
    if (!Array.isArray(value)) throw refuse(field, 'must be an array')
    value.forEach((entry, at) => check(entry, `${field}.${at}`))
  }

/** An object of exactly these fields. */
export const shape =
  (required: Fields, optional: Fields = {}): Check =>
  (value, field) => {
    if (!isObject(value)) throw refuse(field, 'must be an object')
    for (const name of Object.keys(required))
      if (value[name] === undefined) throw refuse(`${field}.${name}`, 'is required')
    for (const [name, inner] of Object.entries(value)) {
      const check = Object.hasOwn(required, name) ? required[name] : undefined
      const known = check ?? (Object.hasOwn(optional, name) ? optional[name] : undefined)
      if (known === undefined) throw refuse(`${field}.${name}`, 'is not a known field')
      known(inner, `${field}.${name}`)
    }
  }

/** An object whose names are of one kind, and its values of another. */
export const mapOf =
  (name: Check, inner: Check): Check =>
  (value, field) => {
    if (!isObject(value)) throw refuse(field, 'must be an object')
    for (const [key, entry] of Object.entries(value)) {
      name(key, `${field}.${key}`)
      inner(entry, `${field}.${key}`)
    }
  }

export const anything: Check = () => {}
export const languageMap = mapOf(language, text)
export const extensions = mapOf(iri, anything)
