import { LecturePackage } from '@aetherlearn/contracts/course/packages'
import { Compile } from 'typebox/compile'
import { readCmi5 } from './cmi5.ts'
import { namesOf } from './paths.ts'
import { unreadable } from './refusals.ts'
import { readScorm, type ReadManifest } from './scorm.ts'
import { decodeXml, parseXml } from './xml.ts'

export const MAX_MANIFEST_BYTES = 16 * 1024 * 1024
const MAX_ITEMS = 1000
/** What every listener of a published course is told of it. */
const MAX_TOLD_BYTES = 256 * 1024
const AGAIN = 'Export the package again as SCORM 1.2, SCORM 2004 or cmi5.'
const said = Compile(LecturePackage)

export type { ReadManifest }
/** Which file says what a package holds. cmi5 goes first: some packages are both, and it tells more. */
export function manifestIn(paths: ReadonlySet<string>): 'cmi5.xml' | 'imsmanifest.xml' {
  if (paths.has('cmi5.xml')) return 'cmi5.xml'
  if (paths.has('imsmanifest.xml')) return 'imsmanifest.xml'
  throw noManifest(paths)
}

/** The mistakes that are made, each with what helps. */
function noManifest(paths: ReadonlySet<string>) {
  const nested = [...paths].find((path) => /(^|\/)(imsmanifest|cmi5)\.xml$/i.test(path))
  if (nested?.includes('/') === true) {
    const folder = nested.slice(0, nested.lastIndexOf('/'))
    const advice = 'Make the zip file of what is in that folder, not of the folder itself.'
    return unreadable(`Its manifest lies in the folder “${folder}”`, advice)
  }
  if (nested !== undefined) {
    return unreadable(`Its manifest is named “${nested}”`, 'Its name has to be in small letters.')
  }
  if (paths.has('tincan.xml')) {
    const advice = 'Export it as cmi5, which is xAPI with a way to be launched, or as SCORM.'
    return unreadable('This is a Tin Can (xAPI) package', advice)
  }
  if (paths.has('h5p.json')) return unreadable('This is an H5P file', 'Export it as SCORM.')
  if ([...paths].some((path) => /\.(au|crs|des)$/i.test(path))) {
    return unreadable('This is an AICC package', AGAIN)
  }
  return unreadable('There is no imsmanifest.xml or cmi5.xml in this zip file', AGAIN)
}

/** What a package says of itself; every file that it opens is among `paths`. */
export function readManifest(file: string, bytes: Buffer, paths: ReadonlySet<string>): ReadManifest {
  const root = parseXml(decodeXml(bytes, file), file)
  const names = namesOf(paths)
  const manifest = file === 'cmi5.xml' ? readCmi5(root, names) : readScorm(root, names)
  const { items } = manifest
  if (items.length === 0) throw unreadable(`Its ${file} names nothing that could be opened`, AGAIN)
  if (items.length > MAX_ITEMS) {
    throw unreadable(`It has ${items.length} items`, `Cut it into packages of at most ${MAX_ITEMS}.`)
  }
  if (new Set(items.map(({ itemId }) => itemId)).size < items.length) {
    throw unreadable(`Its ${file} gives two items the same identifier`, AGAIN)
  }
  const told = { packageId: '', ...manifest }
  if (!said.Check(told)) {
    const [error] = said.Errors(told)
    throw unreadable(`Its ${file} is not valid: ${error?.instancePath ?? ''} ${error?.message ?? ''}`, AGAIN)
  }
  if (Buffer.byteLength(JSON.stringify(told)) > MAX_TOLD_BYTES) {
    throw unreadable(`Its ${file} says too much of its items`, 'Cut it into several packages.')
  }
  return manifest
}
