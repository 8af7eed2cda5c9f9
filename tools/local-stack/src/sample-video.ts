type SampleVideo = { seconds: number; file: string; clock?: boolean }

/** Arguments for ffmpeg: a moving picture with a clock burned in and a tone, 1280x720, 25 fps, H.264 and AAC. */
export function sampleVideoArgs({ seconds, file, clock = true }: SampleVideo): string[] {
  const drawClock =
    "drawtext=text='%{pts\\:hms}':fontsize=72:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=16:x=40:y=40"
  const inputs = [
    ...['-f', 'lavfi', '-i', `testsrc2=size=1280x720:rate=25:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
  ]
  const encoding = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-g',
    '50',
    '-c:a',
    'aac',
  ]
  return [
    '-y',
    '-nostdin',
    '-loglevel',
    'error',
    ...inputs,
    ...(clock ? ['-vf', drawClock] : []),
    ...encoding,
    '-movflags',
    '+faststart',
    file,
  ]
}
