import { PACKAGE_PATH, PLAYER_PATH, RECORDS_PATH } from '@aetherlearn/contracts/course/package-routes'

/** Scheme, host and port of the console and of packages, or nothing; with the second there is the first. */
export type OriginSettings = { publicOrigin: string; contentOrigin: string }
/** `route`: as the contract writes it, whatever the client made of its letters; absent where there is none. */
export type Asked = { protocol: string; host: string; route: string | undefined }
export type Place = {
  /** Whom this host serves: the console, or packages, which must not read what is the console's. */
  side: 'console' | 'content'
  /** Where the console is. */
  publicOrigin: string
  /** Where packages are opened; absent where that is nowhere. */
  contentOrigin?: string
}

/** The names that a machine has for itself: to a browser they are two origins. */
const twins = new Map([
  ['localhost', '127.0.0.1'],
  ['127.0.0.1', 'localhost'],
])

const isUnder = (route: string | undefined, ...paths: string[]) =>
  route !== undefined && paths.some((path) => route.startsWith(path))
/** What packages are made of: nowhere but on their own host. */
const isOfPackages = (route: string | undefined) => isUnder(route, PACKAGE_PATH, PLAYER_PATH)
const isForPackages = (route: string | undefined) => isUnder(route, PACKAGE_PATH, PLAYER_PATH, RECORDS_PATH)

/** On which side a request is, and where the other one is. */
export function placeOf({ publicOrigin, contentOrigin }: OriginSettings, asked: Asked): Place {
  const { protocol, host, route } = asked
  if (contentOrigin !== '') {
    return { side: host === new URL(contentOrigin).host ? 'content' : 'console', publicOrigin, contentOrigin }
  }
  const own = `${protocol}://${host}`
  const twin = twinOf(own)
  if (twin === undefined) return { side: 'console', publicOrigin: publicOrigin === '' ? own : publicOrigin }
  // On a laptop either name is the console's where the other one is that of packages.
  return isForPackages(route)
    ? { side: 'content', publicOrigin: twin, contentOrigin: own }
    : { side: 'console', publicOrigin: own, contentOrigin: twin }
}

function twinOf(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined
  const url = new URL(origin)
  const twin = twins.get(url.hostname)
  return twin === undefined ? undefined : `${url.protocol}//${twin}${url.port === '' ? '' : `:${url.port}`}`
}

/** Each side has its own addresses, and nothing of the other's. */
export const isServed = (side: Place['side'], route: string | undefined): boolean =>
  side === 'content' ? isForPackages(route) : !isOfPackages(route)

/** The console and its player: own files only, media from memory, workers that hls.js makes, packages in their frame. */
const ofConsole = ({ contentOrigin }: Place) => [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "worker-src 'self' blob:",
  // Units of cmi5 may lie on servers of their makers.
  contentOrigin === undefined ? "frame-src 'none'" : `frame-src ${contentOrigin} https:`,
  "frame-ancestors 'none'",
  "base-uri 'self'",
  "form-action 'self'",
  "object-src 'none'",
]

/** The page that holds what SCORM looks for; it frames a package and is framed by the console. */
const ofPlayer = ({ publicOrigin }: Place) => [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "frame-src 'self' https:",
  `frame-ancestors ${publicOrigin}`,
  "base-uri 'none'",
  "form-action 'none'",
]

/** What is framed by nobody says so in both ways. Files of packages run what they hold: course-service says who frames them. */
export function framingHeaders(place: Place, route: string | undefined): Record<string, string> {
  if (place.side === 'console') {
    return { 'content-security-policy': ofConsole(place).join(';'), 'x-frame-options': 'DENY' }
  }
  const policy = isUnder(route, PLAYER_PATH) ? ofPlayer(place) : ["frame-ancestors 'none'"]
  return { 'content-security-policy': policy.join(';') }
}
