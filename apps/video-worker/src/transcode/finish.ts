import { mkdir, writeFile } from 'node:fs/promises'
import type { Loudness } from '@aetherlearn/contracts/course/shapes'
import type { Rendition, SoundTrack } from '@aetherlearn/contracts/media'
import { checkTracks, checkVideo } from './checks.ts'
import { VideoFault } from './failure.ts'
import { AAC_LC } from './fragments.ts'
import { renditionOf, soundTrackOf } from './join.ts'
import { mp4Args, mp4Rung, posterArgs } from './ladder.ts'
import { mediaPlaylist } from './playlist.ts'
import type { Plan } from './plan.ts'
import { probeCodecs } from './probe.ts'
import { runProgram, type Programs } from './run.ts'
import { planStoryboard, storyboardArgs, storyboardVtt } from './storyboard.ts'
import type { Track } from './track.ts'
import type { Tracks } from './whole.ts'

/** Copying a rung into one file and taking pictures from it. */
const SHORT_STEP_MS = 10 * 60_000

export type FinishOptions = {
  programs: Programs
  /** Holds the segments of the MP4's rung and of the sound; the others need not be there. */
  folder: string
  signal: AbortSignal
}

/** What can be played before the video is whole. */
export type Playable = { renditions: Rendition[]; sound?: SoundTrack }
/** Names inside the folder, and what players need to know before they load them. */
export type Finished = Playable & {
  hls: string
  video: string
  poster: string
  storyboard: string
  durationSeconds: number
  width: number
  height: number
  loudness?: Loudness
}

/** Writes the playlists of some tracks, and says what the master playlist needs to know of them. */
export async function writePlaylists(
  plan: Plan,
  { pictures, sound }: Tracks,
  { programs, folder, signal }: FinishOptions,
): Promise<Playable> {
  const renditions: Rendition[] = []
  for (const track of pictures) {
    await writePlaylist(folder, track)
    const [first] = track.segments
    const probed = () => probeCodecs(programs, `${folder}/${first?.file}`, signal)
    renditions.push(renditionOf(plan, track, track.codecs ?? (await probed())))
  }
  if (sound === undefined) return { renditions }
  await writePlaylist(folder, sound.track)
  return { renditions, sound: soundTrackOf(sound, AAC_LC) }
}

async function writePlaylist(folder: string, track: Track) {
  await mkdir(`${folder}/${track.name}`, { recursive: true })
  await writeFile(`${folder}/${track.name}/index.m3u8`, mediaPlaylist(track))
}

/** Everything beside the segments: playlists, MP4, poster and storyboard. Checks what was made against the source. */
export async function finishVideo(plan: Plan, tracks: Tracks, options: FinishOptions): Promise<Finished> {
  const { programs, folder, signal } = options
  const finish = async (args: string[]) => {
    const { exitCode, errors } = await runProgram(programs, 'ffmpeg', args, {
      signal,
      limitMs: SHORT_STEP_MS,
      writes: folder,
    })
    if (exitCode !== 0) throw new VideoFault('OUTPUT_BROKEN', errors)
  }
  const playable = await writePlaylists(plan, tracks, options)
  checkTracks(plan, tracks)
  const rung = mp4Rung(plan.ladder)
  await finish(mp4Args(folder, rung, tracks.sound !== undefined))
  const { durationSeconds } = await checkVideo(programs, `${folder}/video.mp4`, plan.source, signal)
  await finish(posterArgs(folder, durationSeconds))
  const board = planStoryboard({ durationSeconds, width: rung.width, height: rung.height })
  await finish(storyboardArgs(folder, board))
  await writeFile(`${folder}/storyboard.vtt`, storyboardVtt(board, durationSeconds))
  const { width, height } = plan.ladder[0] ?? rung
  const names = { hls: 'master.m3u8', video: 'video.mp4', poster: 'poster.jpg', storyboard: 'storyboard.vtt' }
  const loudness = tracks.sound === undefined ? {} : { loudness: tracks.sound.loudness }
  return { ...playable, ...names, ...loudness, durationSeconds, width, height }
}
