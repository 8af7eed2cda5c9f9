import { Icon } from '../../components/icon.tsx'
import { useOnline } from '../../components/use-online.ts'

/** Says what happens to the progress of a student whom the server cannot hear. */
export function OfflineNotice({ unheard }: { unheard: boolean }) {
  const online = useOnline()
  return (
    <div role="status">
      {(!online || unheard) && (
        <p className="mx-4 mt-3 flex items-start gap-3 rounded-xl bg-warn-soft px-4 py-3 text-sm text-warn sm:mx-0">
          <Icon name="offline" />
          {online ? 'AetherLearn cannot be reached.' : 'You are offline.'} Your progress is kept on this
          device and sent when you are back.
        </p>
      )}
    </div>
  )
}
