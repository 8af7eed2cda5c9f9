/** A house rule: what is wrong with a file, in words; nothing when it keeps the rule. */
export type Rule = (path: string, text: string) => string[]

const isCode = (path: string) => /\.(ts|tsx|js|mjs|css)$/.test(path)
const isTest = (path: string) => /\.test\.tsx?$/.test(path)

/** What a person can take in at once. Text such as lock files and drawings is not meant to be read. */
const LONGEST_FILE_LINES = 300

export const shortEnough: Rule = (path, text) => {
  const lines = text.replace(/\n$/, '').split('\n').length
  return isCode(path) && lines > LONGEST_FILE_LINES ? [`${lines} lines, at most ${LONGEST_FILE_LINES}`] : []
}

const emptyWords = [
  'utils',
  'util',
  'helpers',
  'helper',
  'common',
  'manager',
  'base',
  'data',
  'info',
  'impl',
  'misc',
]

/** `tsconfig.base.json` and Kustomize's `base/` have their names from their tools. */
const namedByTools = /(^|\/)tsconfig\.base\.json$|^k8s\/base\//

export const namedForItsJob: Rule = (path) => {
  if (namedByTools.test(path)) return []
  const words = path.toLowerCase().split(/[/.\-_]/)
  return words.filter((word) => emptyWords.includes(word)).map((word) => `"${word}" in a name says nothing`)
}

export const kebabCase: Rule = (path) => {
  const name = path.split('/').at(-1) ?? ''
  return isCode(path) && !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name)
    ? ['code files are named in-kebab-case']
    : []
}

const mayReadEnvironment = /(^|\/)(config|main)\.ts$|^(tools|e2e|libs\/testing)\/|\.config\.(ts|js)$/

export const settingsInOnePlace: Rule = (path, text) => {
  if (!isCode(path) || isTest(path) || mayReadEnvironment.test(path)) return []
  return /\bprocess\s*\.\s*env\b|\bprocess\[['"]env/.test(text)
    ? ['process.env outside config.ts and main.ts']
    : []
}

// Spelt in halves so that this file keeps its own rules.
const todo = new RegExp(`\\b(?:${'TO'}DO|${'FIX'}ME|${'XX'}X)\\b(?!\\s*\\(?#\\d+)`)

export const todoHasIssue: Rule = (path, text) => {
  if (!isCode(path)) return []
  const lines = text.split('\n').flatMap((line, index) => (todo.test(line) ? [index + 1] : []))
  return lines.map((line) => `line ${line}: a TO-DO without the number of an issue, as in (#12)`)
}

const leftOut =
  /\b(?:test|it|describe|suite)\s*\.\s*(only|skip|todo)\b|\{[^{}]*\b(only|skip|todo)\s*:\s*true\b/

export const noTestLeftOut: Rule = (path, text) =>
  isTest(path) && leftOut.test(text) ? ['a test is singled out or left out (only, skip or todo)'] : []

const aloneIn = /^(apps|libs|tools)\/([^/]+)\/package\.json$/

/** Apps, libs and tools explain themselves; `paths` is every file of the workspace. */
export function foldersWithoutReadme(paths: string[]): string[] {
  const folders = paths.flatMap((path) => (aloneIn.test(path) ? [path.replace('/package.json', '')] : []))
  return folders.filter((folder) => !paths.includes(`${folder}/README.md`))
}

export const fileRules = {
  shortEnough,
  namedForItsJob,
  kebabCase,
  settingsInOnePlace,
  todoHasIssue,
  noTestLeftOut,
}
