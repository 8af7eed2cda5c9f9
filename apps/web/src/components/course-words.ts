import type { CourseStatus, Level } from '@aetherlearn/contracts/course/shapes'

export const levelNames: Record<Level, string> = {
  all: 'All levels',
  beginner: 'Beginner',
  intermediate: 'Intermediate',
  advanced: 'Advanced',
}

export const statusNames: Record<CourseStatus, string> = {
  draft: 'Draft',
  'in-review': 'In review',
  live: 'Live',
  unlisted: 'Unlisted',
  archived: 'Archived',
}
export const statusTones = {
  draft: 'neutral',
  'in-review': 'warn',
  live: 'good',
  unlisted: 'accent',
  archived: 'neutral',
} as const satisfies Record<CourseStatus, string>

const names = new Intl.DisplayNames('en', { type: 'language', fallback: 'code' })
/** `pt-BR` is `Brazilian Portuguese`; what is no language tag stays as it is. */
export function languageName(tag: string): string {
  try {
    return names.of(tag) ?? tag
  } catch {
    return tag
  }
}

const common = [
  'ar',
  'cs',
  'de',
  'en',
  'es',
  'fr',
  'hi',
  'id',
  'it',
  'ja',
  'ko',
  'nl',
  'pl',
  'pt',
  'pt-BR',
  'ru',
  'sv',
  'tr',
  'uk',
  'vi',
  'zh',
]

/** Languages to choose from, by name, `chosen` among them. */
export const languageOptions = (chosen: string) =>
  [...new Set([...common, chosen])]
    .map((tag) => [tag, languageName(tag)] as const)
    .toSorted(([, a], [, b]) => a.localeCompare(b))

function formatOf(currency: string) {
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency })
  } catch {
    return undefined
  }
}

/** How many of its smallest units make one of a currency: 100 cents, but 1 yen. */
export const minorUnits = (currency: string) =>
  10 ** (formatOf(currency)?.resolvedOptions().maximumFractionDigits ?? 2)

/** `4900, EUR` is `€49.00`; nothing is `Free`. */
export function money(price: number, currency: string): string {
  if (price === 0) return 'Free'
  const amount = price / minorUnits(currency)
  return formatOf(currency)?.format(amount) ?? `${amount} ${currency}`
}
