import type { PackageStandard } from '@aetherlearn/contracts/course/packages'
import type { FieldError } from '@aetherlearn/contracts/errors'
import type { CmiValues } from '@aetherlearn/contracts/progress/packages'

/** Where SCORM 1.2 and 2004 say the same under different names. */
const NAMES = {
  'scorm-1.2': { exit: 'cmi.core.exit', time: 'cmi.core.session_time', score: 'cmi.core.score' },
  'scorm-2004': { exit: 'cmi.exit', time: 'cmi.session_time', score: 'cmi.score' },
} as const
export type ScormStandard = keyof typeof NAMES

export const isScorm = (standard: PackageStandard): standard is ScormStandard => standard in NAMES

/** HHHH:MM:SS.SS */
const TIMESPAN = /^(\d{2,4}):([0-5]\d):([0-5]\d(?:\.\d{1,2})?)$/
/** ISO 8601, as SCORM 2004 has it. */
const DURATION =
  /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,2})?)S)?)?$/
/** Years and months are what they are on the average; no session lasts as long. */
const SECONDS_OF = [365.25 * 86_400, 30.4375 * 86_400, 86_400, 3600, 60, 1]

const weighed = (parts: (string | undefined)[], weights: number[]) =>
  parts.reduce((sum, part, i) => sum + Number(part ?? 0) * (weights[i] ?? 0), 0)

function secondsOf(standard: ScormStandard, text: string): number | undefined {
  const parts = (standard === 'scorm-1.2' ? TIMESPAN : DURATION).exec(text)?.slice(1)
  return parts && weighed(parts, standard === 'scorm-1.2' ? [3600, 60, 1] : SECONDS_OF)
}

const NUMBER = /^-?\d{1,15}(\.\d{1,15})?$/
const numberAt = (cmi: CmiValues, name: string) => {
  const text = cmi[name]
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined
}

const WORDS: Record<string, readonly string[]> = {
  'cmi.core.lesson_status': ['passed', 'completed', 'failed', 'incomplete', 'browsed', 'not attempted'],
  'cmi.core.exit': ['time-out', 'suspend', 'logout'],
  'cmi.completion_status': ['completed', 'incomplete', 'not attempted', 'unknown'],
  'cmi.success_status': ['passed', 'failed', 'unknown'],
  'cmi.exit': ['time-out', 'suspend', 'logout', 'normal'],
}
const FRACTIONS: Record<string, readonly [least: number, most: number]> = {
  'cmi.score.scaled': [-1, 1],
  'cmi.progress_measure': [0, 1],
}

/** What is wrong with values that we judge by. All others are the package's own. */
export function faultsOf(standard: ScormStandard, cmi: CmiValues): FieldError[] {
  const { time, score } = NAMES[standard]
  return Object.entries(cmi).flatMap(([name, value]) => {
    const message = faultOf(name, value)
    return message === undefined ? [] : [{ field: `body.cmi.${name}`, message }]
  })

  function faultOf(name: string, value: string): string | undefined {
    const words = WORDS[name]
    if (words !== undefined && !words.includes(value)) return `must be one of ${words.join(', ')}`
    if (name === time && secondsOf(standard, value) === undefined)
      return standard === 'scorm-1.2' ? 'must be a time as 0001:30:00' : 'must be a duration as PT1H30M'
    const isNumber = name.startsWith(`${score}.`) || name in FRACTIONS
    if (isNumber && !NUMBER.test(value)) return 'must be a number'
    const [least, most] = FRACTIONS[name] ?? [-Infinity, Infinity]
    return isNumber && (Number(value) < least || Number(value) > most)
      ? `must be from ${least} to ${most}`
      : undefined
  }
}

export type Said = {
  completed: boolean
  /** Undefined: nothing was said of passing. */
  passed: boolean | undefined
  /** 0 to 1. */
  score: number | undefined
  exit: string
  sessionSeconds: number
}

/** What an item says of how it went; `masteryScore` is that of the manifest, and overrules the item where there is a score. */
export function readCmi(
  standard: ScormStandard,
  cmi: CmiValues,
  { finished, masteryScore }: { finished: boolean; masteryScore?: number | undefined },
): Said {
  const { exit: exitName, time } = NAMES[standard]
  const exit = cmi[exitName] ?? ''
  const score = scoreOf(standard, cmi)
  const told = standard === 'scorm-1.2' ? lessonStatus(cmi) : statuses(cmi)
  const isJudged = masteryScore !== undefined && score !== undefined && told.isJudgeable
  const passed = isJudged ? score >= masteryScore : told.passed
  // What is left for good without a word about it is done: SCORM 1.2 RTE 3.4.4, SCORM 2004 SN 4.2.
  const isSilentlyDone = !told.isSaid && finished && exit !== 'suspend' && exit !== 'time-out'
  return {
    completed: told.completed || passed === true || isSilentlyDone,
    passed,
    score,
    exit,
    sessionSeconds: secondsOf(standard, cmi[time] ?? '') ?? 0,
  }
}

/** Of SCORM 1.2, where one word says both. Who failed has not completed. */
function lessonStatus(cmi: CmiValues) {
  const status = cmi['cmi.core.lesson_status'] ?? ''
  const isOver = ['passed', 'completed', 'failed'].includes(status)
  return {
    completed: status === 'completed',
    passed: status === 'passed' ? true : status === 'failed' ? false : undefined,
    isSaid: status !== '' && status !== 'not attempted',
    isJudgeable: isOver,
  }
}

function statuses(cmi: CmiValues) {
  const [completion = 'unknown', success = 'unknown'] = [
    cmi['cmi.completion_status'],
    cmi['cmi.success_status'],
  ]
  return {
    completed: completion === 'completed',
    passed: success === 'passed' ? true : success === 'failed' ? false : undefined,
    isSaid: completion !== 'unknown',
    isJudgeable: cmi['cmi.score.scaled'] !== undefined,
  }
}

/** 100 is the most where the item names no other. */
const USUAL_MOST = 100

function scoreOf(standard: ScormStandard, cmi: CmiValues): number | undefined {
  const { score } = NAMES[standard]
  const scaled = standard === 'scorm-2004' ? numberAt(cmi, `${score}.scaled`) : undefined
  if (scaled !== undefined) return Math.max(0, scaled)
  const [raw, min = 0, max = USUAL_MOST] = ['raw', 'min', 'max'].map((part) =>
    numberAt(cmi, `${score}.${part}`),
  )
  if (raw === undefined || max <= min) return undefined
  return Math.min(1, Math.max(0, (raw - min) / (max - min)))
}
