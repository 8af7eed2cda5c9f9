import { isObject } from './values.ts'

type Definition = Record<string, unknown>

/** What two statements say of one activity: names in more languages are added, of all else the later one holds. */
export function mergedDefinition(known: Definition, told: Definition): Definition {
  const merged = { ...known, ...told }
  for (const name of ['name', 'description', 'extensions']) {
    const [before, after] = [known[name], told[name]]
    if (isObject(before) && isObject(after)) merged[name] = { ...before, ...after }
  }
  return merged
}
