/**
 * A clock that machines read: a row of twelve blocks, each a twelfth of the width, along the upper eighth of a picture.
 * The first is white and the last black, so that the others can be told apart whatever was done to the colours; between
 * them stands a number of ten bits, the highest first.
 */
const BLOCKS = 12
const BITS = BLOCKS - 2

/** ffmpeg's filters that draw the clock; the number is an expression of `n`, the frame's number, and `t`, its time. */
export function clockFilters(number = 'n'): string[] {
  const block = (at: number, color: string, enabled = '1') =>
    `drawbox=x=iw*${at}/${BLOCKS}:y=0:w=iw/${BLOCKS}:h=ih/8:color=${color}:t=fill:enable='${enabled}'`
  const bit = (place: number) => `mod(floor((${number})/${2 ** (BITS - place)}),2)`
  const places = Array.from({ length: BITS }, (_, i) => i + 1)
  return [
    'drawbox=x=0:y=0:w=iw:h=ih/8:color=black:t=fill',
    block(0, 'white'),
    ...places.map((place) => block(place, 'white', bit(place))),
  ]
}

/**
 * The number that a picture shows; undefined where no clock can be read. `pixels` are rows from the top, with one byte
 * (luma), three (RGB) or four (RGBA) for each pixel. Refers to nothing outside itself, so that it can be sent into a
 * browser.
 */
export function readClock(pixels: ArrayLike<number>, width: number, height: number): number | undefined {
  const bytes = Math.round(pixels.length / (width * height))
  const colors = Math.min(3, bytes)
  /** Mean of the middle of a block: its edges are blurred by scaling. */
  const brightness = (block: number) => {
    let [sum, count] = [0, 0]
    const right = Math.ceil(((block + 0.75) * width) / 12)
    for (let y = Math.floor(height / 32); y < Math.ceil((height * 3) / 32); y += 1) {
      for (let x = Math.floor(((block + 0.25) * width) / 12); x < right; x += 1) {
        for (let color = 0; color < colors; color += 1) sum += pixels[(y * width + x) * bytes + color] ?? 0
        count += colors
      }
    }
    return sum / count
  }
  const white = brightness(0)
  const black = brightness(11)
  if (white - black < 64) return undefined
  let number = 0
  for (let block = 1; block <= 10; block += 1) {
    const share = (brightness(block) - black) / (white - black)
    if (share > 0.35 && share < 0.65) return undefined
    number = number * 2 + (share > 0.5 ? 1 : 0)
  }
  return number
}
