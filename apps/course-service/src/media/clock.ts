import { text } from 'node:stream/consumers'
import { TS_START_SECONDS } from '@aetherlearn/contracts/media'
import type { ObjectStore } from '@aetherlearn/service-kit/objects/store'

/**
 * The time of a stream's first picture on its own clock. Segments with a header of their own (`EXT-X-MAP`, fMP4) begin at 0,
 * those of an MPEG transport stream later; captions have to say when.
 */
export async function streamStart(objects: ObjectStore, playlist: string): Promise<number> {
  if ((await objects.head(playlist)) === undefined) return 0
  return (await text(await objects.read(playlist))).includes('#EXT-X-MAP') ? 0 : TS_START_SECONDS
}
