/** Drawn for a 24 by 24 grid; strokes take the colour of the text. */
const paths = {
  play: 'M7 4.5v15l12-7.5z',
  pause: 'M8 5v14M16 5v14',
  back: 'M11 7 6 12l5 5M6 12h12',
  forward: 'm9 6 6 6-6 6',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  volume: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11',
  muted: 'M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5',
  fullscreen:
    'M4 9V5a1 1 0 0 1 1-1h4M15 4h4a1 1 0 0 1 1 1v4M20 15v4a1 1 0 0 1-1 1h-4M9 20H5a1 1 0 0 1-1-1v-4',
  captions:
    'M4 6h16v12H4zM10 10.5H8a1 1 0 0 0-1 1v1a1 1 0 0 0 1 1h2M17 10.5h-2a1 1 0 0 0-1 1v1a1 1 0 0 0 1 1h2',
  quality: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  speed: 'M12 14l4-5M5.6 18a9 9 0 1 1 12.8 0',
  upload: 'M12 16V5m0 0L7.5 9.5M12 5l4.5 4.5M5 19h14',
  plus: 'M12 5v14M5 12h14',
  more: 'M12 5a.5.5 0 1 0 0 1 .5.5 0 1 0 0-1M12 11.5a.5.5 0 1 0 0 1 .5.5 0 1 0 0-1M12 18a.5.5 0 1 0 0 1 .5.5 0 1 0 0-1',
  up: 'm6 14 6-6 6 6',
  down: 'm6 10 6 6 6-6',
  search: 'M11 18a7 7 0 1 1 0-14 7 7 0 0 1 0 14zm5-2 4.5 4.5',
  warning: 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.2',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4',
  package: 'M12 3.500 20 7.500v9l-8 4-8-4v-9zM4 7.500l8 4 8-4M12 11.500v9',
  chart: 'M5 20V11M12 20V4M19 20v-6',
  flame:
    'M12 21c-3.9 0-6.5-2.6-6.5-6 0-4.5 4.5-6 4.5-11 3.500 1.500 8.500 5.500 8.500 11 0 3.400-2.600 6-6.500 6zm0 0c-1.700 0-2.800-1.200-2.800-2.800 0-1.900 1.800-2.700 2.300-4.700 1.700 1 3.300 2.600 3.300 4.700 0 1.600-1.100 2.800-2.800 2.800z',
  close: 'M6 6l12 12M18 6 6 18',
  people:
    'M9 11.500a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 19.500c.6-3.300 3.200-5 6.500-5s5.900 1.700 6.500 5M16 5a3.500 3.500 0 0 1 0 6.300M18 15c1.900.7 3.100 2.200 3.500 4.500',
  bookmark: 'M6.5 4h11v16l-5.500-4-5.500 4z',
  mail: 'M3.5 6h17v12h-17zM4 6.5l8 6.500 8-6.500',
  note: 'M5 4h14v10.500L14 20H5zM19 14.500h-5V20M8.500 8.500h7M8.500 12h4',
  edit: 'M5 19h3.500L19 8.500 15.500 5 5 15.500zM13 7.500l3.500 3.500',
  bin: 'M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7M10.500 10.500v6M13.500 10.500v6',
  download: 'M12 4v11m0 0 4.500-4.500M12 15l-4.500-4.500M5 20h14',
  snow: 'M12 3v18M4.200 7.500l15.600 9M19.800 7.500l-15.600 9M9.500 4.500 12 7l2.500-2.500M9.500 19.500 12 17l2.500 2.500',
  offline:
    'M3 3l18 18M8.500 16.200a5 5 0 0 1 7 0M5 12.600a10 10 0 0 1 4.600-2.600M19 12.600a10 10 0 0 0-4-2.500M12 19.500v.2',
  devices: 'M3 5h13v9H3zM1.500 17.500h11M17 9.500h4.500v9H15v-4',
} as const
export type IconName = keyof typeof paths

type Props = { name: IconName; className?: string; filled?: boolean }

/** Always next to a text or inside something with a name, so it has none itself. */
export const Icon = ({ name, className = 'size-5', filled = false }: Props) => (
  <svg
    aria-hidden="true"
    viewBox="0 0 24 24"
    className={`shrink-0 ${className}`}
    fill={filled ? 'currentColor' : 'none'}
    stroke="currentColor"
    strokeWidth={1.8}
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    <path d={paths[name]} />
  </svg>
)
