import { Icon } from '../../components/icon.tsx'
import type { MediaState } from './use-media.ts'

type Props = { media: MediaState; onToggle: () => void; onChange: (volume: number) => void }

/** A phone has its own buttons for this, so the slider stays away from narrow screens. */
export function VolumeControl({ media, onToggle, onChange }: Props) {
  const silent = media.muted || media.volume === 0
  const name = silent ? 'Unmute' : 'Mute'
  return (
    <div className="flex items-center">
      <button type="button" aria-label={name} title={name} onClick={onToggle} className="player-button">
        <Icon name={silent ? 'muted' : 'volume'} className="size-6" />
      </button>
      <input
        type="range"
        aria-label="Volume"
        min={0}
        max={1}
        step={0.05}
        value={silent ? 0 : media.volume}
        onChange={(event) => onChange(event.target.valueAsNumber)}
        className="hidden w-20 accent-white md:block"
      />
    </div>
  )
}
