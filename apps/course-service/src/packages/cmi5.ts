import { MoveOn, type PackageItem } from '@aetherlearn/contracts/course/packages'
import { Value } from 'typebox/value'
import { launchOf, type FileNames } from './paths.ts'
import { unreadable } from './refusals.ts'
import { titleFrom, type ReadManifest } from './scorm.ts'
import { childOf, childrenOf, textOf, type Element } from './xml.ts'

const AGAIN = 'Export the package again.'

/** cmi5.xml (cmi5 §13.1): all assignable units, in the order of the tree. */
export function readCmi5(structure: Element, names: FileNames): ReadManifest {
  if (structure.name !== 'courseStructure') throw unreadable('Its cmi5.xml holds no course structure', AGAIN)
  const title = titleOf(childOf(structure, 'course'))
  return { standard: 'cmi5', title, items: unitsIn(structure, names) }
}

const unitsIn = (parent: Element, names: FileNames): PackageItem[] =>
  parent.children.flatMap((child) => {
    if (child.name === 'au') return [unitOf(child, names)]
    return child.name === 'block' ? unitsIn(child, names) : []
  })

function unitOf(unit: Element, names: FileNames): PackageItem {
  const itemId = unit.attributes.get('id') ?? ''
  const said = textOf(childOf(unit, 'url')) ?? ''
  const masteryScore = masteryOf(unit, itemId)
  const launchData = textOf(childOf(unit, 'launchParameters'))
  return {
    itemId,
    title: titleOf(unit),
    launch: /^[a-z][a-z0-9+.-]*:/i.test(said) ? elsewhere(said) : launchOf(said, [], names),
    reports: true,
    moveOn: moveOnOf(unit),
    ...(masteryScore === undefined ? {} : { masteryScore }),
    ...(launchData === undefined ? {} : { launchData }),
  }
}

/** A unit may lie on another server. */
function elsewhere(address: string): string {
  if (URL.canParse(address) && new URL(address).protocol === 'https:') return new URL(address).href
  throw unreadable(
    `A unit of it lies at “${address.slice(0, 200)}”, which is not opened`,
    'Units elsewhere need an https address.',
  )
}

function moveOnOf(unit: Element): MoveOn {
  const said = unit.attributes.get('moveon') ?? 'NotApplicable'
  if (Value.Check(MoveOn, said)) return said
  throw unreadable(`Its cmi5.xml has “${said.slice(0, 40)}” for moveOn`, AGAIN)
}

function masteryOf(unit: Element, itemId: string): number | undefined {
  const said = unit.attributes.get('masteryscore')
  if (said === undefined) return undefined
  const score = Number(said)
  if (said.trim() !== '' && score >= 0 && score <= 1) return score
  throw unreadable(`Its cmi5.xml has no score from 0 to 1 for the unit “${itemId.slice(0, 200)}”`, AGAIN)
}

/** In English where it says so, or else in its first language. */
function titleOf(element: Element | undefined): string {
  const texts = childrenOf(childOf(element, 'title'), 'langstring')
  const english = texts.find(({ attributes }) => /^en\b/i.test(attributes.get('lang') ?? ''))
  return titleFrom(textOf(english ?? texts[0]))
}
