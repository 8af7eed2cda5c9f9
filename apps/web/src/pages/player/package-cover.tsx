import type { PackageStandard } from '@aetherlearn/contracts/course/packages'
import type { PartResult } from '@aetherlearn/contracts/progress/completion'
import { useQuery } from '@tanstack/react-query'
import { stateOf, type OpenableItem } from '../../api/packages.ts'
import { Button } from '../../components/button.tsx'
import { Icon } from '../../components/icon.tsx'
import { Problem } from '../../components/problem.tsx'
import { resultWords } from './package-items.tsx'

type Props = {
  courseId: string
  lectureId: string
  item: OpenableItem
  standard: PackageStandard
  preview: boolean
  result: PartResult | undefined
  error: Error | null
  busy: boolean
  onOpen: () => void
}

/** Before an item is opened: what it is, how far the student is, and the way in. */
export function PackageCover({ courseId, lectureId, item, standard, preview, ...props }: Props) {
  const { result, error, busy, onOpen } = props
  const isKept = standard !== 'cmi5' && !preview
  const { data } = useQuery({ ...stateOf({ courseId, lectureId }, item.itemId), enabled: isKept })
  const word = data?.entry === 'resume' ? 'Resume' : result === undefined ? 'Start' : 'Open again'
  const isLocked = preview && standard === 'cmi5'
  return (
    <div className="grid min-h-72 place-items-center bg-sunken p-6 text-center lg:aspect-video">
      <div className="max-w-md">
        <p className="text-lg font-semibold">{item.title}</p>
        <p className="mt-1 text-sm text-muted">
          {isLocked
            ? 'A unit of cmi5 records what a student does, so only students can open it.'
            : resultWords(result)}
        </p>
        {!isLocked && (
          <Button size="large" className="mt-5" busy={busy} onClick={onOpen}>
            <Icon name="play" filled className="size-4" /> {word}
          </Button>
        )}
        {error !== null && <Problem error={error} className="mt-5 text-left" />}
      </div>
    </div>
  )
}
