import { VideoFault } from '../transcode/failure.ts'

/** Source document 003 §7: the delivery network makes the picture small before it is fetched. */
const SAVING = 'q_auto,w_854,h_480'
/** `/<cloud>/video/upload/…`; clouds with a host of their own leave their name out. */
const DELIVERY = /^((?:\/[^/]+)?\/video\/upload\/)(.+)$/
/** A signature covers what stands behind it: nothing can be inserted. */
const SIGNED = /^s--[\w-]+--\//

const isCloudinary = ({ hostname }: URL) =>
  hostname === 'res.cloudinary.com' || hostname.endsWith('-res.cloudinary.com')

/**
 * The address of a source elsewhere. `VideoFault` where it is not on one of our hosts, by https and nothing besides, or
 * no video's.
 */
export function deliveryUrl(rawVideoUrl: string, hosts: readonly string[]): URL {
  const url = URL.parse(rawVideoUrl)
  // The parser has made every way to write a host one: 2130706433 and 0177.1 are 127.0.0.1 here.
  if (url?.protocol !== 'https:' || url.port !== '' || !hosts.includes(url.hostname))
    throw refused(rawVideoUrl)
  if (url.username !== '' || url.password !== '') throw refused(rawVideoUrl)
  if (isCloudinary(url) && !DELIVERY.test(url.pathname)) throw refused(rawVideoUrl)
  return url
}

const refused = (url: string) =>
  new VideoFault('SOURCE_REFUSED', `not fetched from there: ${url.slice(0, 200)}`)

/** The same video at a twentieth of its bytes, where its server is Cloudinary's. Doing it again changes nothing. */
export function savingUrl(given: URL): URL {
  const [, upTo = '', rest = ''] = DELIVERY.exec(given.pathname) ?? []
  if (!isCloudinary(given) || rest.startsWith(`${SAVING}/`) || SIGNED.test(rest)) return given
  const saving = new URL(given)
  saving.pathname = `${upTo}${SAVING}/${rest}`
  return saving
}
