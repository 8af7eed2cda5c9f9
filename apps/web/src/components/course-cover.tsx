/** Pairs of hue for the two ends of a gradient; each reads well with white shapes on it. */
const hues = [
  [264, 300],
  [232, 264],
  [196, 236],
  [162, 200],
  [24, 350],
  [300, 340],
  [44, 20],
] as const

/** FNV-1a: spreads ids that differ in few digits. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (const letter of text) value = Math.imul(value ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return value >>> 0
}

type Props = { courseId: string; thumbnailUrl?: string; className?: string }

/** The picture of a course. */
export const CourseCover = ({ courseId, thumbnailUrl, className = '' }: Props) =>
  thumbnailUrl === undefined ? (
    <DrawnCover courseId={courseId} className={className} />
  ) : (
    <img src={thumbnailUrl} alt="" loading="lazy" className={`block w-full object-cover ${className}`} />
  )

/** For a course that has no picture: always the same one for the same course. */
function DrawnCover({ courseId, className = '' }: Omit<Props, 'thumbnailUrl'>) {
  const seed = hash(courseId)
  const [from, to] = hues[seed % hues.length] ?? hues[0]
  const turn = seed % 360
  const gradient = `cover-${courseId}`
  const rings = [46, 74, 102, 130]
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 320 160"
      preserveAspectRatio="xMidYMid slice"
      className={`block w-full ${className}`}
    >
      <defs>
        <linearGradient id={gradient} x1="0" y1="0" x2="1" y2="1">
          <stop offset="0" stopColor={`oklch(0.62 0.15 ${from})`} />
          <stop offset="1" stopColor={`oklch(0.42 0.14 ${to})`} />
        </linearGradient>
      </defs>
      <rect width="320" height="160" fill={`url(#${gradient})`} />
      <g
        transform={`translate(${60 + (seed % 200)} ${30 + ((seed >> 8) % 100)}) rotate(${turn})`}
        fill="none"
        stroke="#fff"
      >
        {rings.map((radius, index) => (
          <path
            key={radius}
            d={`M${radius} 0A${radius} ${radius} 0 ${index % 2} 1 ${-radius * 0.5} ${radius * 0.866}`}
            strokeWidth={14 - index * 3}
            strokeOpacity={0.34 - index * 0.07}
            strokeLinecap="round"
          />
        ))}
        <circle r="12" fill="#fff" fillOpacity={0.85} stroke="none" />
      </g>
    </svg>
  )
}
