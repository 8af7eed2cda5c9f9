import type { Container } from '@aetherlearn/contracts/media'

const EBML = Buffer.from([0x1a, 0x45, 0xdf, 0xa3])
/** As much of a file as `sniff` looks at. */
export const SNIFFED_BYTES = 64

/**
 * The container by its first bytes: ISO base media (`ftyp` at 4, ISO/IEC 14496-12 §4.3) or Matroska (EBML magic, RFC
 * 8794 §11.2.1). What the browser says of the file counts for nothing.
 */
export function sniff(head: Buffer): Container | undefined {
  const box = head.toString('latin1', 4, 8)
  if (box === 'ftyp') return head.toString('latin1', 8, 12) === 'qt  ' ? 'mov' : 'mp4'
  // QuickTime files of old begin without ftyp.
  if (['moov', 'mdat', 'wide', 'free', 'skip'].includes(box)) return 'mov'
  if (!head.subarray(0, 4).equals(EBML)) return undefined
  return head.includes('webm') ? 'webm' : 'matroska'
}
