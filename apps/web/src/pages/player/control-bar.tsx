import type { Playback } from '@aetherlearn/contracts/course/shapes'
import type { RefObject } from 'react'
import { clock } from '../../components/format.ts'
import { Icon, type IconName } from '../../components/icon.tsx'
import { OFF } from './caption-choice.ts'
import { SPEEDS } from './keyboard.ts'
import { OptionMenu } from './option-menu.tsx'
import { SeekBar } from './seek-bar.tsx'
import type { Captions } from './use-captions.ts'
import type { Commands } from './use-commands.ts'
import type { MediaState } from './use-media.ts'
import { AUTO, type Stream } from './use-stream.ts'
import { VolumeControl } from './volume-control.tsx'

type Props = {
  media: MediaState
  stream: Stream
  command: Commands
  video: RefObject<HTMLVideoElement | null>
  hidden: boolean
  captions: Captions
  playback: Pick<Playback, 'storyboardUrl'>
}

/** Everything a student can do with the video, in reach of the keyboard. */
export function ControlBar({ media, stream, command, video, hidden, captions, playback }: Props) {
  const seek = (second: number) => {
    if (video.current !== null) video.current.currentTime = second
  }
  const setVolume = (volume: number) => {
    if (video.current === null) return
    video.current.volume = volume
    video.current.muted = volume === 0
  }
  return (
    <div
      // The shade above the controls lets clicks through: on a small screen it reaches over the middle of the picture.
      className={`pointer-events-none absolute inset-x-0 bottom-0 bg-gradient-to-t from-black/85 via-black/50 to-transparent px-3 pt-12 pb-2
        transition-opacity *:pointer-events-auto focus-within:opacity-100 sm:px-4 ${hidden ? 'opacity-0' : 'opacity-100'}`}
    >
      <SeekBar media={media} storyboardUrl={playback.storyboardUrl} onSeek={seek} />
      <div className="flex items-center gap-0.5 sm:gap-1">
        <ControlButton
          name={media.playing ? 'Pause' : 'Play'}
          icon={media.playing ? 'pause' : 'play'}
          onClick={() => command({ do: 'toggle-play' })}
        />
        <VolumeControl media={media} onToggle={() => command({ do: 'toggle-mute' })} onChange={setVolume} />
        <p className="px-2 text-sm whitespace-nowrap tabular-nums">
          <span aria-label="Position">{clock(media.time)}</span>
          <span className="text-white/70"> / {clock(media.duration)}</span>
        </p>
        <div className="flex-1" />
        <CaptionsMenu captions={captions} />
        <SpeedMenu media={media} video={video} />
        <QualityMenu stream={stream} />
        <ControlButton
          name="Full screen"
          icon="fullscreen"
          onClick={() => command({ do: 'toggle-fullscreen' })}
        />
      </div>
    </div>
  )
}

type ButtonProps = { name: string; icon: IconName; onClick: () => void }

const ControlButton = ({ name, icon, onClick }: ButtonProps) => (
  <button type="button" aria-label={name} title={name} onClick={onClick} className="player-button">
    <Icon name={icon} filled={icon === 'play'} className="size-6" />
  </button>
)

function CaptionsMenu({ captions: { offered, shown, choose } }: Pick<Props, 'captions'>) {
  if (offered.length === 0) return null
  return (
    <OptionMenu
      name="Captions"
      icon="captions"
      chosen={shown}
      options={[
        { value: OFF, label: 'Off' },
        ...offered.map(({ language, label }) => ({ value: language, label })),
      ]}
      onChoose={choose}
    />
  )
}

const SpeedMenu = ({ media, video }: Pick<Props, 'media' | 'video'>) => (
  <OptionMenu
    name="Speed"
    icon="speed"
    chosen={media.rate}
    options={SPEEDS.map((speed) => ({ value: speed, label: speed === 1 ? 'Normal' : `${speed}×` }))}
    onChoose={(speed) => {
      if (video.current !== null) video.current.playbackRate = speed
    }}
  />
)

function QualityMenu({ stream }: Pick<Props, 'stream'>) {
  if (stream.qualities.length === 0) return null
  const auto = stream.lines === undefined || stream.chosen !== AUTO ? 'Auto' : `Auto (${stream.lines}p)`
  return (
    <OptionMenu
      name="Quality"
      icon="quality"
      chosen={stream.chosen}
      options={[
        { value: AUTO, label: auto },
        ...stream.qualities.map(({ level, lines }) => ({ value: level, label: `${lines}p` })),
      ]}
      onChoose={stream.choose}
    />
  )
}
