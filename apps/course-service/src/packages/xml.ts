import sax, { type QualifiedTag } from 'sax'
import { unreadable } from './refusals.ts'

const MAX_DEPTH = 100
const MAX_ELEMENTS = 200_000

export type Element = {
  /** Without its prefix. */
  name: string
  namespace: string
  /** By their names without prefix, in small letters: both ways of writing are about. */
  attributes: Map<string, string>
  children: Element[]
  text: string
}

/**
 * A manifest as a tree. No document type is taken, so that a file can neither declare entities that grow nor name files of
 * ours; nothing is ever loaded for it.
 */
export function parseXml(text: string, file: string): Element {
  const parser = sax.parser(true, { xmlns: true })
  const open: Element[] = []
  let root: Element | undefined
  let elements = 0
  const refuse = (what: string): never => {
    throw unreadable(`${file}, line ${parser.line + 1}: ${what}`, 'Export the package again.')
  }
  parser.onerror = ({ message }) => refuse(`this is no well-formed XML: ${message.split('\n')[0] ?? ''}`)
  parser.ondoctype = () => refuse('a document type is not taken here')
  parser.onopentag = (tag) => {
    if (!isQualified(tag)) return
    elements += 1
    if (open.length === MAX_DEPTH || elements > MAX_ELEMENTS) refuse('there is too much in it')
    const element = elementOf(tag)
    root ??= element
    open.at(-1)?.children.push(element)
    open.push(element)
  }
  const add = (said: string) => {
    const element = open.at(-1)
    if (element !== undefined) element.text += said
  }
  parser.ontext = add
  parser.oncdata = add
  parser.onclosetag = () => open.pop()
  parser.write(text).close()
  return root ?? refuse('it is empty')
}

const isQualified = (tag: object): tag is QualifiedTag => 'local' in tag

const elementOf = ({ local, uri, attributes }: QualifiedTag): Element => ({
  name: local,
  namespace: uri,
  attributes: new Map(
    Object.values(attributes).map((attribute) => [attribute.local.toLowerCase(), attribute.value]),
  ),
  children: [],
  text: '',
})

export const childrenOf = (element: Element | undefined, name: string): Element[] =>
  element?.children.filter((child) => child.name.toLowerCase() === name.toLowerCase()) ?? []
export const childOf = (element: Element | undefined, name: string): Element | undefined =>
  childrenOf(element, name)[0]
/** Nothing where it is empty. */
export const textOf = (element: Element | undefined): string | undefined => {
  const text = element?.text.trim()
  return text === '' ? undefined : text
}

/** Text of a file by its byte order mark, or else by what its XML declaration says. */
export function decodeXml(bytes: Buffer, file: string): string {
  const declared = /^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']/.exec(
    bytes.subarray(0, 200).toString('latin1'),
  )?.[1]
  const marked =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe ? 'utf-16be' : undefined
  try {
    return new TextDecoder(marked ?? declared ?? 'utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    const advice = 'Export the package again, in UTF-8.'
    throw unreadable(`${file} is not written in ${declared ?? 'UTF-8'}`, advice, error)
  }
}
