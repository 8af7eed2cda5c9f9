/** One name in every spelling that the templates use. */
export type Names = {
  /** `study-group-service`: the app, its folder and its key in the map. */
  app: string
  /** `study-group`: the contract file, the path, the database, the folder of the first feature. */
  noun: string
  /** `studyGroup` */
  camel: string
  /** `StudyGroup` */
  Noun: string
  /** `STUDY_GROUP`, for error codes. */
  CODE: string
  /** `study group` */
  words: string
}

/** Takes `study-group` as well as `study-group-service`. */
export function namesFrom(given: string): Names {
  const noun = given.replace(/-service$/, '')
  if (!/^[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*$/.test(noun)) {
    throw new Error(`"${given}" is no name for a service: small letters and hyphens, such as study-group.`)
  }
  const words = noun.split('-')
  const Noun = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  const camel = Noun.slice(0, 1).toLowerCase() + Noun.slice(1)
  const CODE = words.join('_').toUpperCase()
  return { app: `${noun}-service`, noun, camel, Noun, CODE, words: words.join(' ') }
}
