import { fail } from '@aetherlearn/service-kit/errors'

/** A BCP 47 tag in its canonical form, without extensions: `PT-br` is `pt-BR`. */
export function canonicalLanguage(tag: string): string {
  try {
    return new Intl.Locale(tag).baseName
  } catch (cause) {
    const message = 'is no language tag such as en or pt-BR'
    throw fail('INVALID_INPUT', { errors: [{ field: 'params.language', message }], cause })
  }
}

/** What those who speak it call it; the tag itself where that is not known. */
export function nameOfLanguage(language: string): string {
  const name = new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language
  const [first = '', ...rest] = name
  return first.toLocaleUpperCase(language) + rest.join('')
}
