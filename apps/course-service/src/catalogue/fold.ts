/** Letters that Unicode does not take apart into a base letter and a mark. */
const spelled: Record<string, string> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
}
const SPELLED = new RegExp(`[${Object.keys(spelled).join('')}]`, 'gu')

/** The same for texts that differ by case, accents, width or ligatures alone. */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(SPELLED, (letter) => spelled[letter] ?? letter)

const BETWEEN_WORDS = /[^\p{L}\p{N}+#]+/u

/** `+` and `#` stay, as people look for C++ and C#. */
export const wordsOf = (text: string): string[] =>
  fold(text)
    .split(BETWEEN_WORDS)
    .filter((word) => word !== '')
