/** Where captions are off. */
export const OFF = ''

/** Of the languages that there are, the one for somebody who would like these, best first. */
export function captionsFor(offered: readonly string[], wanted: readonly string[]): string {
  const primary = (tag: string) => tag.toLowerCase().split('-')[0]
  for (const tag of wanted) {
    const found =
      offered.find((language) => language.toLowerCase() === tag.toLowerCase()) ??
      offered.find((language) => primary(language) === primary(tag))
    if (found !== undefined) return found
  }
  return offered[0] ?? OFF
}
