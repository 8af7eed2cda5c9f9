import { randomBytes } from 'node:crypto'

/** A new id of the form of a MongoDB ObjectId. */
export const newId = () => randomBytes(12).toString('hex')

/**
 * Makes ids that are the same in every run. For students who are counted by a HyperLogLog: of thirty random ones two look
 * like one in every fortieth run.
 */
export function knownIds() {
  let made = 0
  return () => {
    made += 1
    return made.toString(16).padStart(24, '0')
  }
}
