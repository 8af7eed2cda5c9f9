import type { Caller, Scene } from './scene.ts'

type Body = object | FormData | Blob
export type Expectation = {
  params?: (scene: Scene) => Record<string, unknown>
  query?: Record<string, unknown>
  body?: (scene: Scene) => Body | Promise<Body>
  headers?: (scene: Scene) => Record<string, string>
  /** After each call, so that the next caller finds what the first one found. */
  undo?: (scene: Scene) => Promise<unknown>
  expected: Record<Caller, number>
}

/** In the order of the columns: anonymous, stranger, student, instructor, owner, admin. */
export const answers = (
  ...[anonymous, stranger, student, instructor, owner, admin]: [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
) => ({ expected: { anonymous, stranger, student, instructor, owner, admin } })

export const all = (status: number) => answers(status, status, status, status, status, status)
export const signedIn = (status: number) => answers(401, status, status, status, status, status)
