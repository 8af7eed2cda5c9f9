import type { OpenablePackage } from '@aetherlearn/contracts/course/package-routes'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { lackOf } from '../../api/completion.ts'
import { packageOf, type OpenableItem } from '../../api/packages.ts'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import type { Move } from '../../package-player/messages.ts'
import { PackageBar } from './package-bar.tsx'
import { PackageCover } from './package-cover.tsx'
import { PackageFrame } from './package-frame.tsx'
import { PackageItems } from './package-items.tsx'
import type { SaveState } from './package-saver.ts'
import { usePackage } from './use-package.ts'

type Props = { courseId: string; lectureId: string; preview: boolean }

/** A lecture that is a package, in the place of the video player. */
export function PackageScreen(props: Props) {
  const found = useQuery(packageOf(props.lectureId))
  if (found.isPending) return <Skeleton className="aspect-video sm:rounded-2xl" />
  if (found.isError) {
    return (
      <div className="grid aspect-video place-items-center bg-sunken p-6 sm:rounded-2xl">
        <Problem error={found.error} onRetry={() => void found.refetch()} />
      </div>
    )
  }
  return <Package {...props} found={found.data} />
}

/** How it went is told by the record store, which no page hears of, so a unit of cmi5 is asked after. */
const ASK_MS = 5000

function Package({ courseId, lectureId, preview, found }: Props & { found: OpenablePackage }) {
  const place = { courseId, lectureId }
  const room = useRef<HTMLDivElement>(null)
  const [chosen, setChosen] = useState(found.items[0])
  const [saveState, setSaveState] = useState<SaveState>()
  const opening = usePackage(place, found, preview)
  const standing = useStanding(place, !preview, opening.data !== undefined && found.standard === 'cmi5')

  const open = (item: OpenableItem) => {
    setChosen(item)
    setSaveState(undefined)
    opening.reset()
    opening.mutate(item)
  }
  const choose = (item: OpenableItem) => {
    if (item === opening.data?.item) return
    close()
    setChosen(item)
  }
  const close = () => {
    opening.reset()
    standing.look()
  }
  const move = (to: Move) => {
    const next = to === 'exit' ? undefined : besides(found.items, opening.data?.item, to)
    if (next === undefined) return close()
    open(next)
  }
  const hearState = (state: SaveState) => {
    setSaveState(state)
    if (state === 'saved') standing.look()
  }
  if (chosen === undefined) return null
  return (
    <div ref={room} className="overflow-hidden bg-surface sm:rounded-2xl sm:border sm:border-line">
      {opening.data === undefined ? (
        <PackageCover
          {...place}
          item={chosen}
          standard={found.standard}
          preview={preview}
          result={standing.resultOf(chosen)}
          error={opening.error}
          busy={opening.isPending}
          onOpen={() => open(chosen)}
        />
      ) : (
        <div className="flex h-[80svh] flex-col lg:h-[min(80svh,48rem)] [:fullscreen>&]:h-full">
          <PackageBar title={opening.data.item.title} saveState={saveState} room={room} onClose={close} />
          <div className="min-h-0 flex-1">
            <PackageFrame
              key={opening.submittedAt}
              {...place}
              opened={opening.data}
              onState={hearState}
              onMove={move}
              onFinished={standing.look}
            />
          </div>
        </div>
      )}
      {found.items.length > 1 && (
        <PackageItems items={found.items} chosen={chosen} resultOf={standing.resultOf} onChoose={choose} />
      )}
    </div>
  )
}

function besides(items: OpenableItem[], item: OpenableItem | undefined, move: 'continue' | 'previous') {
  const at = items.findIndex((one) => one === item)
  return at === -1 ? undefined : items[at + (move === 'continue' ? 1 : -1)]
}

/** How the student did in the items, as the server knows it. */
function useStanding(place: { courseId: string; lectureId: string }, enabled: boolean, asking: boolean) {
  const queryClient = useQueryClient()
  const { data } = useQuery({ ...lackOf(place), enabled, refetchInterval: asking ? ASK_MS : false })
  return {
    resultOf: ({ itemId }: OpenableItem) => data?.results.find(({ partId }) => partId === itemId),
    look: () => {
      if (enabled) void queryClient.invalidateQueries({ queryKey: ['progress'] })
    },
  }
}
