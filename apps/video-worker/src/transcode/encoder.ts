import type { Encoder } from './picture.ts'
import { withGpu } from './programs.ts'
import { runProgram, type Programs } from './run.ts'
import { quiet, words } from './words.ts'

/** `auto`: the graphics card where it encodes a frame at the start. `nvenc`: the card, and x264 for each video that it fails on. */
export type EncoderChoice = 'auto' | Encoder

/** A driver takes seconds to wake a card up. */
const TRY_LIMIT_MS = 30_000
// The smallest picture that all generations of cards encode.
const oneFrame = words(
  '-f lavfi -i testsrc2=size=256x256:rate=1 -frames:v 1 -pix_fmt yuv420p -c:v h264_nvenc -f null -',
)

/** What encodes, and the programs to do it with; `why` is for the log. */
export type ChosenEncoder = { encoder: Encoder; programs: Programs; works: boolean; why: string }

/** Finds out at the start what encodes: one frame tells whether there is a card, a driver and an ffmpeg that knows both. */
export async function chooseEncoder(choice: EncoderChoice, programs: Programs): Promise<ChosenEncoder> {
  if (choice === 'x264') return { encoder: 'x264', programs, works: true, why: 'as set' }
  const withCard = await withGpu(programs)
  const { exitCode, errors } = await runProgram(withCard, 'ffmpeg', [...quiet, ...oneFrame], {
    limitMs: TRY_LIMIT_MS,
  }).catch((error: unknown) => ({ exitCode: 1, errors: String(error) }))
  if (exitCode === 0) return { encoder: 'nvenc', programs: withCard, works: true, why: 'it encoded a frame' }
  const why = errors.trim().split('\n')[0] ?? ''
  return choice === 'nvenc'
    ? { encoder: 'nvenc', programs: withCard, works: false, why }
    : { encoder: 'x264', programs, works: true, why }
}
