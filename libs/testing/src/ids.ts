import { randomBytes } from 'node:crypto'

/** A new id of the form of a MongoDB ObjectId. */
export const newId = () => randomBytes(12).toString('hex')
