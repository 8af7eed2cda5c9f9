import type { MessageSettings as Settings } from '@aetherlearn/contracts/analytics/messages'
import { useQuery } from '@tanstack/react-query'
import { messageSettings, useMessageSettings } from '../../api/messages.ts'
import { Select } from '../../components/field.tsx'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Problem } from '../../components/problem.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { canTeach, useUser } from '../../session/session.ts'

/** Which messages one gets, and how. */
export function MessageSettings() {
  const found = useQuery(messageSettings)
  return (
    <Panel
      title="Messages"
      lead="People of a course may write to students who seem to get stuck, once a week at most."
    >
      <Loaded query={found} what="your choices" skeleton={<Skeleton className="h-16" />}>
        {(known) => <Choices settings={known} />}
      </Loaded>
    </Panel>
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
      <div className="grid gap-4 sm:grid-cols-2">
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
