import type { ErasureReport } from '@aetherlearn/contracts/identity'
import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { identity } from '../../api/clients.ts'
import { Badge } from '../../components/badge.tsx'
import { Button } from '../../components/button.tsx'
import { Field } from '../../components/field.tsx'
import { textOf } from '../../components/form.ts'
import { count, longDate, timeOfDay } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'
import { Loading, Skeleton } from '../../components/skeleton.tsx'

/** Most services are done within a second; one that found something looks again a minute later. */
const EVERY_MS = 5000

/** What became of a deleted account, for who has the receipt. It stands behind the `#`, so that no log has it. */
export function ErasurePage() {
  const receipt = useLocation({ select: ({ hash }) => hash })
  const report = useQuery({
    queryKey: ['erasure', receipt],
    queryFn: () => identity.readErasure({ body: { receipt } }),
    enabled: receipt !== '',
    refetchInterval: ({ state }) => (state.data?.complete === false ? EVERY_MS : false),
  })
  return (
    <Page title="Your deleted account" lead="What was removed where, and proof of it.">
      <div className="max-w-2xl space-y-6">
        {receipt !== '' && report.isPending && (
          <Loading what="the report">
            <Skeleton className="h-64" />
          </Loading>
        )}
        {report.error && <Problem error={report.error} onRetry={() => void report.refetch()} />}
        {report.data && <Report report={report.data} receipt={receipt} />}
        {(receipt === '' || report.error !== null) && <ReceiptForm receipt={receipt} />}
      </div>
    </Page>
  )
}

function ReceiptForm({ receipt }: { receipt: string }) {
  const navigate = useNavigate()
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const hash = textOf(new FormData(event.currentTarget), 'receipt').trim()
    void navigate({ to: '/erasure', hash })
  }
  return (
    <form onSubmit={onSubmit} className="flex items-end gap-2">
      <Field
        label="Your receipt"
        name="receipt"
        defaultValue={receipt}
        autoComplete="off"
        spellCheck={false}
        minLength={43}
        maxLength={43}
        required
        className="min-w-0 flex-1"
      />
      <Button type="submit">Show</Button>
    </form>
  )
}

type Line = ErasureReport['services'][number]
const names: Record<string, { name: string; kept: string }> = {
  'identity-service': { name: 'Account', kept: 'Name, address, password and sessions' },
  'course-service': { name: 'Courses', kept: 'Your places in courses' },
  'progress-service': { name: 'Learning', kept: 'What you watched and completed, notes and days' },
  'analytics-service': { name: 'Statistics', kept: 'What statistics knew of you by name' },
}

function Report({ report, receipt }: { report: ErasureReport; receipt: string }) {
  const { complete, services, askedAt } = report
  const waiting = services.filter(({ state }) => state === 'waiting').length
  const save = () => saveFile(new Blob([JSON.stringify(report, undefined, 2)]), 'erasure-report.json')
  return (
    <>
      <section aria-labelledby="state" className="card p-5 sm:p-6">
        <h2 id="state" role="status" className="flex flex-wrap items-center gap-3 font-semibold">
          {complete ? 'Everything about you is removed' : 'Your data is being removed'}
          <Badge tone={complete ? 'good' : 'warn'}>
            {complete ? 'Complete' : `Waiting for ${count(waiting, 'service')}`}
          </Badge>
        </h2>
        <p className="mt-1 text-sm text-muted">
          Asked for on {longDate(askedAt)} at {timeOfDay(askedAt)}.{' '}
          {complete
            ? 'Each part of AetherLearn has looked again after removing, and found nothing left.'
            : 'This takes a few minutes at most, or longer where a part of AetherLearn is away.'}
        </p>
        <ul className="mt-5 divide-y divide-line border-y border-line">
          {services.map((line) => (
            <Service key={line.service} line={line} />
          ))}
        </ul>
        <p className="mt-4 text-sm text-muted">
          Counts that name nobody stay. So does a number which stood for you, to turn away whatever may still
          come in; it leads to nobody any more.
        </p>
        {complete && (
          <Button look="secondary" className="mt-4" onClick={save}>
            Download the signed report
          </Button>
        )}
      </section>
      <section aria-labelledby="receipt" className="card p-5 sm:p-6">
        <h2 id="receipt" className="font-semibold">
          Keep this receipt
        </h2>
        <p className="mt-1 text-sm text-muted">
          Your account is gone, so this is the only way back to this page. It tells nobody who you were.
        </p>
        <code className="mt-3 block rounded-lg bg-sunken p-3 text-sm break-all select-all">{receipt}</code>
      </section>
    </>
  )
}

function Service({ line: { service, state, removed, at } }: { line: Line }) {
  const { name, kept } = names[service] ?? { name: service, kept: '' }
  const total = Object.values(removed).reduce((sum, one) => sum + one, 0)
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-1 py-3 text-sm">
      <div className="min-w-0">
        <p className="font-medium">{name}</p>
        <p className="text-muted">{kept}</p>
      </div>
      <div className="basis-full tabular-nums sm:basis-auto sm:text-right">
        <Badge tone={state === 'done' ? 'good' : 'warn'}>
          {state === 'done' ? `${count(total, 'entry', 'entries')} removed` : 'Waiting'}
        </Badge>
        {at !== undefined && <p className="mt-1 text-xs text-muted">looked again at {timeOfDay(at)}</p>}
      </div>
    </li>
  )
}
