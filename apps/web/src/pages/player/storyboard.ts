/** A small picture of the video: a rectangle of a sprite. */
export type Still = {
  from: number
  until: number
  url: string
  x: number
  y: number
  width: number
  height: number
}

const CUE = /^(\S+) --> (\S+)\s*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/gm

const secondsOf = (timestamp: string) =>
  timestamp.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0)

/** Reads WebVTT whose cues name rectangles as media fragments (W3C Media Fragments §4.2.2). `address` is its own. */
export const stillsOf = (vtt: string, address: string): Still[] =>
  [...vtt.matchAll(CUE)].map(([, from = '', until = '', name = '', ...rectangle]) => {
    const [x = 0, y = 0, width = 0, height = 0] = rectangle.map(Number)
    const url = new URL(name, address).href
    return { from: secondsOf(from), until: secondsOf(until), url, x, y, width, height }
  })

export const stillAt = (stills: Still[], second: number): Still | undefined =>
  stills.find(({ from, until }) => second >= from && second < until) ?? stills.at(-1)
