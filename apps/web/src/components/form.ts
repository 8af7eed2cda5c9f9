import { ApiError } from '@aetherlearn/sdk/client'

/** The text of a field; a field that is not there is a fault in the page, and shows as empty input on the server. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** What the server found wrong with one field of the body. */
export const fieldError = (error: Error | null, field: string): string | undefined =>
  error instanceof ApiError
    ? error.problem.errors?.find((fault) => fault.field === `body.${field}`)?.message
    : undefined
