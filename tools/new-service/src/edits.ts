import type { Names } from './names.ts'

/** Puts `line` before the first line for which `isAfter` holds; throws when there is none. */
export function insertBefore(text: string, line: string, isAfter: (other: string) => boolean): string {
  const lines = text.split('\n')
  const at = lines.findIndex(isAfter)
  if (at < 0) throw new Error(`No place was found for this line:\n${line}`)
  return [...lines.slice(0, at), line, ...lines.slice(at)].join('\n')
}

/** The first port above those of the other services. */
export function nextPort(systemText: string): number {
  const ports = [...systemText.matchAll(/^ {4}port: (4\d{3}),$/gm)].map(([, port]) => Number(port))
  if (ports.length === 0)
    throw new Error('The map in libs/contracts/src/system.ts names no port of a service.')
  return Math.max(...ports) + 1
}

/** The map with the new service on it: its import, its entry, and the gateway's line to it. */
export function addToMap(systemText: string, { app, noun, camel }: Names, port: number): string {
  if (systemText.includes(`'${app}': {`)) throw new Error(`${app} is on the map already.`)
  const entry = [
    `  '${app}': {`,
    '    ...quiet,',
    `    kind: 'service',`,
    `    port: ${port},`,
    `    needs: ['mongo'],`,
    `    calls: ['identity-service'],`,
    `    apis: [${camel}Api],`,
    '  },',
  ]
  const fromFile = (line: string) => /^import .* from '(\.\/[\w-]+\.ts)'$/.exec(line)?.[1] ?? ''
  const withImport = insertBefore(
    systemText,
    `import { ${camel}Api } from './${noun}.ts'`,
    (line) => fromFile(line) > `./${noun}.ts` || line === '',
  )
  const withEntry = insertBefore(withImport, entry.join('\n'), (line) => line.startsWith('  web: {'))
  const calls = /(\n {2}gateway: \{[\s\S]*?calls: \[)([\s\S]*?),?(\s*\],)/
  if (!calls.test(withEntry)) throw new Error('The gateway calls nobody on the map.')
  return withEntry.replace(calls, `$1$2, '${app}'$3`)
}

/** The table of errors with the code that the first feature answers. */
export function addError(errorsText: string, { CODE, words }: Names): string {
  const line = `  ${CODE}_NOT_FOUND: [404, 'There is no such ${words}'],`
  return insertBefore(errorsText, line, (other) => /^ {2}\w+: \[409,/.test(other))
}
