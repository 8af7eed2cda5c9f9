import type { MessageSettings as Settings } from '@aetherlearn/contracts/analytics/messages'
import { useQuery } from '@tanstack/react-query'
import { messageSettings, useMessageSettings } from '../../api/messages.ts'
import { Select } from '../../components/field.tsx'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { canTeach, useUser } from '../../session/session.ts'

/** Which messages one gets, and how. */
export function MessageSettings() {
  const found = useQuery(messageSettings)
  return (
    <section aria-labelledby="messages" className="card mt-6 max-w-2xl p-5 sm:p-6">
      <h2 id="messages" className="font-semibold">
        Messages
      </h2>
      <p className="mt-1 text-sm text-muted">
        People of a course may write to students who seem to get stuck, once a week at most.
      </p>
      {found.isPending && (
        <Loading what="your choices">
          <Skeleton className="mt-4 h-16" />
        </Loading>
      )}
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} className="mt-4" />}
      {found.data !== undefined && <Choices settings={found.data} />}
    </section>
  )
}

const isWanted = (value: string): value is Settings['nudges'] =>
  value === 'off' || value === 'inbox' || value === 'mail'

const few = [['off', 'None']] as const

function Choices({ settings: { nudges, digests, mailPossible } }: { settings: Settings }) {
  const save = useMessageSettings()
  const teaches = canTeach(useUser()?.role)
  // Where no mail is sent, who wanted it finds everything in the inbox, and still wants it once there is some.
  const options = (chosen: Settings['nudges']) =>
    mailPossible
      ? ([...few, ['inbox', 'In my inbox'], ['mail', 'In my inbox and by mail']] as const)
      : ([...few, [chosen === 'mail' ? 'mail' : 'inbox', 'In my inbox']] as const)
  const choose = (change: Partial<Omit<Settings, 'mailPossible'>>) =>
    save.mutate({ nudges, digests, ...change })
  return (
    <>
      <div className="mt-4 grid gap-4 sm:grid-cols-2">
        <Select
          label="From people of my courses"
          value={nudges}
          disabled={save.isPending}
          options={options(nudges)}
          onChange={({ target: { value } }) => isWanted(value) && choose({ nudges: value })}
        />
        {teaches && (
          <Select
            label="Weekly digests of courses I work on"
            value={digests}
            disabled={save.isPending}
            options={options(digests)}
            onChange={({ target: { value } }) => isWanted(value) && choose({ digests: value })}
          />
        )}
      </div>
      {save.isSuccess && (
        <p role="status" className="mt-3 text-sm">
          Saved.
        </p>
      )}
      {save.error && <Problem error={save.error} className="mt-4" />}
    </>
  )
}
