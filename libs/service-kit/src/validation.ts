import type { FieldError } from '@aetherlearn/contracts/errors'
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { fail } from './errors.ts'

// TypeBox stops at 8, and a union of literals alone makes one per literal.
Settings.Set({ maxErrors: 64 })

const partNames: Record<string, string> = { params: 'params', querystring: 'query', headers: 'headers' }

/** The fields at fault, as dotted paths below `part`: `body.title`. */
export function fieldErrors(part: string, errors: TLocalizedValidationError[]): FieldError[] {
  const found = errors.flatMap((error) => {
    const path = [part, ...error.instancePath.split('/').slice(1)]
    if (error.keyword === 'required') {
      const names = error.params.requiredProperties
      return names.map((name) => ({ field: [...path, name].join('.'), message: 'is required' }))
    }
    if (error.keyword === 'additionalProperties') {
      const names = error.params.additionalProperties
      return names.map((name) => ({ field: [...path, name].join('.'), message: 'is not a known field' }))
    }
    if (error.keyword === 'anyOf')
      return [{ field: path.join('.'), message: 'is none of the allowed values' }]
    // Said again: by name under additionalProperties, and once for all literals under anyOf.
    if (error.keyword === 'boolean' || error.keyword === 'const') return []
    return [{ field: path.join('.'), message: error.message }]
  })
  return found.slice(0, 20)
}

const DECIMAL = /^-?\d+(\.\d+)?$/

/** Only plain decimals become numbers: by itself the conversion takes "1.5" for 1, "true" for 1 and "" for 0. */
function valuesOfText(schema: TSchema, received: Record<string, unknown>) {
  const converted = Value.Convert(schema, { ...received }) as Record<string, unknown>
  for (const [name, text] of Object.entries(received)) {
    const number = converted[name]
    if (typeof number !== 'number' || typeof text !== 'string') continue
    if (!DECIMAL.test(text) || Number(text) !== number) converted[name] = text
  }
  return converted
}

/** What a text in a URL may stay, whatever it is. */
const isText = (schema: TSchema) => {
  const { type, anyOf, default: fallback } = schema as { type?: unknown; anyOf?: unknown; default?: unknown }
  return type === 'string' && anyOf === undefined && fallback === undefined
}

/** Whether the fields of an object are texts without defaults: there is nothing to convert or to fill in. */
const holdsOnlyText = (schema: TSchema) => {
  const { type, properties = {} } = schema as { type?: unknown; properties?: Record<string, TSchema> }
  return type === 'object' && Object.values(properties).every(isText)
}

/** Bodies are taken as they are, so that "5" is not a number; text in URLs is turned into numbers where asked. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart = 'body' }) => {
  const check = Compile(schema)
  const asItIs = httpPart === 'body' || holdsOnlyText(schema)
  const ofText = (received: unknown) =>
    Value.Default(schema, valuesOfText(schema, { ...Object(received) })) as object
  // Most queries are empty; what becomes of those is worked out once.
  const ofNothing = asItIs ? undefined : ofText({})
  const emptyIsValid = check.Check(ofNothing)
  return (received: unknown) => {
    if (emptyIsValid && ofNothing !== undefined && isEmpty(received)) return { value: { ...ofNothing } }
    const value = asItIs ? received : ofText(received)
    if (check.Check(value)) return { value }
    const errors = fieldErrors(partNames[httpPart] ?? httpPart, check.Errors(value))
    return { error: fail('INVALID_INPUT', { errors }) }
  }
}

function isEmpty(received: unknown): boolean {
  if (typeof received !== 'object' || received === null) return false
  for (const _ in received) return false
  return true
}
