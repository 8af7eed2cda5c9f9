import { insertBefore } from './edits.ts'
import type { Names } from './names.ts'

const urlVariable = ({ CODE }: Names) => `${CODE}_SERVICE_URL`

/** Puts `line` behind the last line that matches `like`, as one more of its kind. */
export function insertAfterLast(text: string, line: string, like: RegExp): string {
  const lines = text.split('\n')
  const at = lines.findLastIndex((other) => like.test(other))
  if (at < 0) throw new Error(`No place was found for this line:\n${line}`)
  return [...lines.slice(0, at + 1), line, ...lines.slice(at + 1)].join('\n')
}

/** `docker-compose.yml` with the new service in front of the stores, and the gateway's way to it. */
export function addToCompose(text: string, entry: string, names: Names, port: number): string {
  const withEntry = insertBefore(text, entry, (line) => line === '  mongo:')
  const start = withEntry.indexOf('\n  gateway:\n')
  const end = withEntry.indexOf('\n\n', start)
  if (start < 0 || end < 0) throw new Error('docker-compose.yml has no gateway.')
  const gateway = withEntry.slice(start, end)
  const address = `      ${urlVariable(names)}: http://${names.app}:${port}`
  const withAddress = insertAfterLast(gateway, address, /^ {6}\w+_SERVICE_URL: /)
  const withWait = insertAfterLast(withAddress, `      ${names.app}: *healthy`, /^ {6}[\w-]+: \*healthy$/)
  return withEntry.slice(0, start) + withWait + withEntry.slice(end)
}

/** The gateway's manifest with the address of the new service, and the label that lets requests through to it. */
export function addToGateway(text: string, names: Names, port: number): string {
  const label = `        aetherlearn.dev/calls-${names.app}: 'true'`
  const withLabel = insertAfterLast(text, label, /^ {8}aetherlearn\.dev\/calls-[\w-]+: 'true'$/)
  const address = `            - { name: ${urlVariable(names)}, value: 'http://${names.app}:${port}' }`
  return insertAfterLast(withLabel, address, /^ {12}- \{ name: \w+_SERVICE_URL, /)
}

export const addToBase = (text: string, { app }: Names): string =>
  insertAfterLast(text, `  - ${app}.yaml`, /^ {2}- [\w-]+-(service|worker)\.yaml$/)

/** The production overlay with the image of the new service, and its MongoDB from outside the cluster. */
export function addToProduction(text: string, { app }: Names): string {
  const known = /^ {2}- \{ name: (aetherlearn\/[\w-]+), newName: (\S+)\/[\w-]+, newTag: (\S+) \}$/m.exec(text)
  const usersOfMongo = /(path: mongo-url\.yaml[\s\S]*?name: '\()([^)]*)(\)')/
  if (known === null || !usersOfMongo.test(text))
    throw new Error('The production overlay is not as expected.')
  const image = `  - { name: aetherlearn/${app}, newName: ${known[2]}/${app}, newTag: ${known[3]} }`
  const withImage = insertAfterLast(text, image, /^ {2}- \{ name: aetherlearn\//)
  return withImage.replace(usersOfMongo, `$1$2|${app}$3`)
}

/** The list of images to build in the README of k8s. */
export const addToImages = (text: string, { app }: Names): string =>
  text.replace(/^(for app in [\w -]+); do$/m, `$1 ${app}; do`)
