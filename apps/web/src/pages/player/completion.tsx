import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'

type Props = {
  completed: boolean
  busy: boolean
  /** Left out where a student cannot say so. */
  onComplete?: () => void
}

/** A lecture is completed once and stays so. */
export const Completion = ({ completed, busy, onComplete }: Props) => (
  <div role="status">
    {completed && (
      <p className="inline-flex h-10 items-center gap-2 rounded-lg bg-good-soft px-4 text-sm font-medium text-good">
        <Icon name="check" className="size-4" /> Completed
      </p>
    )}
    {!completed && onComplete !== undefined && (
      <Button look="secondary" busy={busy} onClick={onComplete}>
        <Icon name="check" className="size-4" /> Mark as completed
      </Button>
    )}
  </div>
)
