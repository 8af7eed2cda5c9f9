import type { PackageItem } from '@aetherlearn/contracts/course/packages'
import { launchOf, type FileNames } from './paths.ts'
import { unreadable } from './refusals.ts'
import { childOf, childrenOf, textOf, type Element } from './xml.ts'

export type ReadManifest = {
  standard: 'scorm-1.2' | 'scorm-2004' | 'cmi5'
  title: string
  items: PackageItem[]
}
type Resource = { element: Element; bases: (string | undefined)[] }

const MAX_TITLE = 500
const UNTITLED = 'Untitled'
export const titleFrom = (text: string | undefined) =>
  (text ?? UNTITLED).replace(/\s+/g, ' ').trim().slice(0, MAX_TITLE) || UNTITLED

/** imsmanifest.xml of SCORM 1.2 (CAM 2.3) and SCORM 2004 (CAM 3.4): what of the default organization can be opened. */
export function readScorm(manifest: Element, names: FileNames): ReadManifest {
  const standard = standardOf(manifest)
  const organizations = childOf(manifest, 'organizations')
  const all = childrenOf(organizations, 'organization')
  const named = organizations?.attributes.get('default')
  const organization = all.find(({ attributes }) => attributes.get('identifier') === named) ?? all[0]
  const resources = resourcesOf(manifest)
  const title = titleFrom(textOf(childOf(organization, 'title')))
  const found = organization === undefined ? [] : itemsIn(organization, resources)
  const shown = found.filter(({ isVisible }) => isVisible)
  const wanted = shown.length > 0 ? shown : found
  const items =
    wanted.length > 0
      ? wanted.map(({ item, resource }) => itemOf(item, resource, names))
      : [...resources.values()].flatMap((resource) => bareItem(resource, title, names))
  return { standard, title, items }
}

function standardOf(manifest: Element): 'scorm-1.2' | 'scorm-2004' {
  const version = textOf(childOf(childOf(manifest, 'metadata'), 'schemaversion')) ?? ''
  if (/^1\.2/.test(version)) return 'scorm-1.2'
  if (/2004|^CAM 1\.3/i.test(version)) return 'scorm-2004'
  const spaces = new Set<string>()
  const gather = (element: Element) => {
    spaces.add(element.namespace)
    element.children.forEach(gather)
  }
  gather(manifest)
  const known = [...spaces].join(' ')
  if (/adlcp_rootv1p2|imscp_rootv1p1p2/.test(known)) return 'scorm-1.2'
  if (/adlcp_v1p3|imscp_v1p1/.test(known) && !/imsccv1p/.test(known)) return 'scorm-2004'
  throw unreadable(
    `Its imsmanifest.xml is of ${version === '' ? 'no version of SCORM' : `version “${version.slice(0, 40)}”`}`,
    'Export the package as SCORM 1.2, SCORM 2004 or cmi5.',
  )
}

function resourcesOf(manifest: Element): Map<string, Resource> {
  const within = childOf(manifest, 'resources')
  const around = [manifest.attributes.get('base'), within?.attributes.get('base')]
  return new Map(
    childrenOf(within, 'resource').map((element) => [
      element.attributes.get('identifier') ?? '',
      { element, bases: [...around, element.attributes.get('base')] },
    ]),
  )
}

type Placed = { item: Element; resource: Resource; isVisible: boolean }

/** Those with something to open, in the order of the tree. */
function itemsIn(parent: Element, resources: Map<string, Resource>): Placed[] {
  return childrenOf(parent, 'item').flatMap((item) => {
    const resource = resources.get(item.attributes.get('identifierref') ?? '')
    const isVisible = item.attributes.get('isvisible') !== 'false'
    const opens = resource?.element.attributes.has('href') === true
    return [...(opens ? [{ item, resource, isVisible }] : []), ...itemsIn(item, resources)]
  })
}

function itemOf(item: Element, { element, bases }: Resource, names: FileNames): PackageItem {
  const launch = launchOf(element.attributes.get('href') ?? '', bases, names)
  const launchData = textOf(childOf(item, 'datafromlms'))
  const masteryScore = masteryOf(item)
  return {
    itemId: item.attributes.get('identifier') ?? '',
    title: titleFrom(textOf(childOf(item, 'title'))),
    launch: withParameters(launch, item.attributes.get('parameters')),
    reports: isSco(element),
    ...(masteryScore === undefined ? {} : { masteryScore }),
    ...(launchData === undefined ? {} : { launchData }),
  }
}

const isSco = ({ attributes }: Element) => attributes.get('scormtype')?.toLowerCase() === 'sco'

/** Of a package without an organization: each of its SCOs. */
function bareItem({ element, bases }: Resource, title: string, names: FileNames): PackageItem[] {
  const href = element.attributes.get('href')
  if (href === undefined || !isSco(element)) return []
  const itemId = element.attributes.get('identifier') ?? ''
  return [{ itemId, title, launch: launchOf(href, bases, names), reports: true }]
}

/** 1.2: `adlcp:masteryscore`, 0 to 100. 2004: the measure of the primary objective, where it decides. */
function masteryOf(item: Element): number | undefined {
  const percent = numberOf(textOf(childOf(item, 'masteryscore')))
  if (percent !== undefined) return Math.min(1, Math.max(0, percent / 100))
  const primary = childOf(childOf(childOf(item, 'sequencing'), 'objectives'), 'primaryObjective')
  if (primary?.attributes.get('satisfiedbymeasure') !== 'true') return undefined
  // IMS SS: 1.0 where it is not said.
  const measure = numberOf(textOf(childOf(primary, 'minNormalizedMeasure'))) ?? 1
  return Math.min(1, Math.max(0, measure))
}

const numberOf = (text: string | undefined) => {
  const number = text === undefined ? NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** CAM 3.4.1.10: how the parameters of an item join the address of its resource. */
export function withParameters(launch: string, parameters: string | undefined): string {
  if (parameters === undefined || parameters === '') return launch
  if (parameters.startsWith('#')) return launch.includes('#') ? launch : launch + parameters
  const more = parameters.replace(/^[?&]+/, '')
  if (more === '') return launch
  const [address = '', fragment] = launch.split('#', 2)
  const joined = `${address}${address.includes('?') ? '&' : '?'}${more}`
  return fragment === undefined ? joined : `${joined}#${fragment}`
}
