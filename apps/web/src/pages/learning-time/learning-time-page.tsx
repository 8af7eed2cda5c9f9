import type { SignedEvidence } from '@aetherlearn/contracts/progress/evidence'
import { evidenceCsv } from '@aetherlearn/sdk/evidence-csv'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { evidence } from '../../api/evidence.ts'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Field } from '../../components/field.tsx'
import { longDate } from '../../components/format.ts'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'
import { Loading, Skeleton } from '../../components/skeleton.tsx'
import { useUser } from '../../session/session.ts'
import { Hours } from './hours.tsx'

const asJson = (signed: SignedEvidence) =>
  new Blob([JSON.stringify(signed, null, 2)], { type: 'application/json' })
const asCsv = ({ report }: SignedEvidence) => new Blob([evidenceCsv(report)], { type: 'text/csv' })

/** The own learning time, to be handed on: as a file that cannot be changed unnoticed, as a table, and on paper. */
export function LearningTimePage() {
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const period = { ...(from !== '' && { from }), ...(to !== '' && { to }) }
  const found = useQuery(evidence(period))
  const user = useUser()
  return (
    <Page
      title="Learning time"
      lead={
        user && (
          <span>
            {user.fullName}, {user.email}
          </span>
        )
      }
      actions={found.data && <Takeaways signed={found.data} />}
    >
      <form
        className="mb-6 flex flex-wrap items-end gap-4 print:hidden"
        onSubmit={(event) => event.preventDefault()}
      >
        <Field
          label="From"
          type="date"
          value={from}
          max={to}
          onChange={(event) => setFrom(event.target.value)}
        />
        <Field label="To" type="date" value={to} min={from} onChange={(event) => setTo(event.target.value)} />
      </form>
      {found.isPending && (
        <Loading what="your learning time">
          <Skeleton className="h-72" />
        </Loading>
      )}
      {found.isError && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && <Report signed={found.data} />}
    </Page>
  )
}

const Takeaways = ({ signed }: { signed: SignedEvidence }) => (
  <div className="flex flex-wrap gap-2 print:hidden">
    <Button onClick={() => saveFile(asJson(signed), 'learning-time.json')}>Download signed report</Button>
    <Button look="secondary" onClick={() => saveFile(asCsv(signed), 'learning-time.csv')}>
      Download table
    </Button>
    <Button look="secondary" onClick={() => window.print()}>
      Print
    </Button>
  </div>
)

function Report({ signed: { report } }: { signed: SignedEvidence }) {
  if (report.totals.days === 0) {
    return (
      <EmptyState icon="chart" title="No day is sealed yet">
        A day is sealed when it is over everywhere on earth: at one o’clock in the afternoon after it, UTC.
      </EmptyState>
    )
  }
  return (
    <>
      <Hours report={report} />
      <Explanation {...report} checkpoint={report.anchor?.checkpoint} />
    </>
  )
}

type Explained = {
  userId: string
  issuedAt: string
  length: number
  checkpoint: { number: number; at: string } | undefined
}

const Explanation = ({ userId, issuedAt, length, checkpoint }: Explained) => (
  <section aria-labelledby="sealed" className="card mt-6 p-5 text-sm sm:p-6">
    <h2 id="sealed" className="text-base font-semibold">
      How this can be believed
    </h2>
    <p className="mt-2 max-w-3xl text-muted">
      A minute counts when something was watched in it that our server accepted at the time, or could check
      afterwards. Each day is sealed once: its entry holds the hash of the one before. What comes later stands
      behind it as a correction. The signed report has all {length} of your entries; whoever gets it can check
      it without us, or on the page{' '}
      <Link to="/verify" className="text-accent-ink underline">
        Check a report
      </Link>
      .
    </p>
    <p className="mt-2 text-muted">
      About account {userId}, issued on {longDate(issuedAt)}.{' '}
      {checkpoint === undefined
        ? 'The first signed checkpoint will know of it tomorrow.'
        : `Signed checkpoint ${checkpoint.number} of ${longDate(checkpoint.at)} stands behind it.`}
    </p>
  </section>
)
