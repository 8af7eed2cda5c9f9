const SEGMENT = /^[A-Za-z0-9._-]{1,200}$/
const MAX_KEY_LENGTH = 800

/** Whether a key has the form that every driver takes. Keys that fail here never reach a file system. */
export const isObjectKey = (key: string): boolean =>
  key.length <= MAX_KEY_LENGTH &&
  key.split('/').every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')

export function assertObjectKey(key: string) {
  if (!isObjectKey(key))
    throw new Error(`Not a key of the object store: ${JSON.stringify(key.slice(0, 100))}`)
}
