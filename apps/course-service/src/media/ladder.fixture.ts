import { mediaPlayable, mediaReady, type Rendition, type SoundTrack } from '@aetherlearn/contracts/media'
import type { Fixture, Person } from '../fixture.ts'

const rung = (name: string, width: number, height: number, averageBandwidth: number): Rendition => ({
  name,
  width,
  height,
  averageBandwidth,
  bandwidth: averageBandwidth * 2,
  codecs: 'avc1.64001f',
  frameRate: 25,
})
export const small = rung('360p', 640, 360, 400_000)
export const renditions = [rung('720p', 1280, 720, 1_800_000), small]
export const sound: SoundTrack = {
  bandwidth: 140_000,
  averageBandwidth: 128_000,
  codecs: 'mp4a.40.2',
  channels: 2,
}

type Told = { lectureId: string; uploadId: string; folder: string; instructor: Person }

/** The worker's word that the smallest rendition can be played, with a segment of it. */
export async function tellPlayable(fixture: Fixture, { instructor, ...video }: Told) {
  await fixture.objects.put(`${video.folder}/360p/1-0001.m4s`, Buffer.from('small picture'))
  const made = { durationSeconds: 50, renditions: [small], sound }
  await fixture.hear(mediaPlayable, { ...video, instructorId: instructor.id, ...made })
}

/** The worker's word that all is made. */
export async function tellReady(fixture: Fixture, { instructor, ...video }: Told) {
  await fixture.objects.put(`${video.folder}/720p/1-0001.m4s`, Buffer.from('0123456789'))
  await fixture.hear(mediaReady, {
    ...video,
    instructorId: instructor.id,
    hls: 'master.m3u8',
    video: 'video.mp4',
    poster: 'poster.jpg',
    storyboard: 'storyboard.vtt',
    durationSeconds: 60,
    width: 1280,
    height: 720,
    renditions,
    sound,
    loudness: { integratedLufs: -30, rangeLu: 4, truePeakDbtp: -8 },
  })
}
