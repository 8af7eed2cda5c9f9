import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VideoFault } from '../transcode/failure.ts'
import { deliveryUrl, savingUrl } from './cloudinary.ts'

const hosts = ['res.cloudinary.com', 'acme-res.cloudinary.com', 'videos.example.org']
const saved = (text: string) => savingUrl(deliveryUrl(text, hosts)).href
const refusalOf = (text: string) => {
  try {
    deliveryUrl(text, hosts)
  } catch (error) {
    return error instanceof VideoFault ? error.code : error
  }
  return 'accepted'
}
const cloud = 'https://res.cloudinary.com/acme/video/upload/'

test('a delivery address asks for a smaller picture, directly after /upload/, as source document 003 says', () => {
  const rewritten = {
    [`${cloud}intro.mp4`]: `${cloud}q_auto,w_854,h_480/intro.mp4`,
    [`${cloud}v1712/courses/week%201/a.mov`]: `${cloud}q_auto,w_854,h_480/v1712/courses/week%201/a.mov`,
    [`${cloud}so_3,eo_9/v1/a.mp4`]: `${cloud}q_auto,w_854,h_480/so_3,eo_9/v1/a.mp4`,
    [`${cloud}upload/a.mp4?_a=1`]: `${cloud}q_auto,w_854,h_480/upload/a.mp4?_a=1`,
    'https://acme-res.cloudinary.com/video/upload/a.mp4':
      'https://acme-res.cloudinary.com/video/upload/q_auto,w_854,h_480/a.mp4',
  }
  for (const [from, to] of Object.entries(rewritten)) {
    assert.equal(saved(from), to)
    assert.equal(saved(to), to, 'doing it again changes nothing')
  }
})

test('what cannot be rewritten is fetched as it stands', () => {
  const kept = [`${cloud}s--Ab_-3x9Q--/v1/a.mp4`, 'https://videos.example.org/acme/video/upload/a.mp4']
  for (const url of kept) assert.equal(saved(url), url)
})

test('no other address is fetched: not by another protocol, host or port, however it is written', () => {
  const others = [
    'http://res.cloudinary.com/acme/video/upload/a.mp4',
    'ftp://res.cloudinary.com/acme/video/upload/a.mp4',
    'file:///etc/passwd',
    '/etc/passwd',
    'concat:a.mp4|b.mp4',
    '',
    'https://res.cloudinary.com:8443/acme/video/upload/a.mp4',
    'https://name:word@res.cloudinary.com/acme/video/upload/a.mp4',
    'https://res.cloudinary.com@127.0.0.1/acme/video/upload/a.mp4',
    'https://res.cloudinary.com.example.net/acme/video/upload/a.mp4',
    'https://example.net/res.cloudinary.com/video/upload/a.mp4',
    'https://res.cloudinary.com./acme/video/upload/a.mp4',
    'https://evil-res.cloudinary.com/video/upload/a.mp4',
    'https://res.cloudinary.com/acme/image/upload/a.png',
    'https://res.cloudinary.com/acme/raw/upload/a.mp4',
    'https://res.cloudinary.com/acme/video/upload/',
    ...['169.254.169.254', '127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]'],
    ...['[::ffff:127.0.0.1]', '[fd00:ec2::254]', 'localhost', '0'],
  ].map((text) => (/^[[\w.:\]]+$/.test(text) && text !== '' ? `https://${text}/a/video/upload/a.mp4` : text))
  for (const url of others) assert.equal(refusalOf(url), 'SOURCE_REFUSED', url)
})
