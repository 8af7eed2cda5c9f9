import type { LectureLoudness, Loudness } from '@aetherlearn/contracts/course/shapes'

/** In LUFS. Speech on the web is around -16 to -20; EBU R128 asks for -23. */
const SILENT_LUFS = -60
const QUIET_LUFS = -24
const LOUD_LUFS = -9
/** In dBTP: above it the waveform is cut off. */
const FULL_SCALE_DBTP = 0

/** What was measured, with a sentence where students would not hear it well. */
export function loudnessFor(measured: Loudness): LectureLoudness {
  const advice = adviceOn(measured)
  return { ...measured, ...(advice === undefined ? {} : { advice }) }
}

function adviceOn({ integratedLufs, truePeakDbtp }: Loudness): string | undefined {
  if (integratedLufs <= SILENT_LUFS) return 'This video is silent. Was the microphone switched off?'
  if (integratedLufs > LOUD_LUFS) return 'This video is very loud. Record it at a lower level.'
  if (truePeakDbtp > FULL_SCALE_DBTP)
    return 'The loudest parts of this video are distorted. Record it at a lower level.'
  const level = Math.abs(integratedLufs).toFixed(0)
  if (integratedLufs < QUIET_LUFS) {
    return `This video is quiet (−${level} LUFS, where −16 is usual). Go nearer to the microphone or raise its level.`
  }
  return undefined
}
