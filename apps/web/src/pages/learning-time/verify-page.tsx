import { useMutation } from '@tanstack/react-query'
import { useState, type ChangeEvent } from 'react'
import { Button } from '../../components/button.tsx'
import { Labelled } from '../../components/labelled.tsx'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { summaryOf } from './summary.ts'
import { verify } from './verify.ts'

/** For whoever was given a report of learning time: what it says, and whether it still says what was signed. */
export function VerifyPage() {
  const [report, setReport] = useState<File>()
  const [earlier, setEarlier] = useState<File>()
  const check = useMutation({
    mutationFn: async () => {
      const [document, before] = [await read(report), await read(earlier)]
      return { ...(await verify(document, before)), summary: summaryOf(document) }
    },
  })
  const choose = (keep: (file: File | undefined) => void) => (event: ChangeEvent<HTMLInputElement>) => {
    keep(event.target.files?.[0])
    check.reset()
  }
  return (
    <Page
      title="Check a report"
      lead="Whether a report of learning time is what was signed. Nobody needs an account, and nothing of it is kept."
    >
      <form
        className="card max-w-2xl space-y-5 p-5 sm:p-6"
        onSubmit={(event) => {
          event.preventDefault()
          check.mutate()
        }}
      >
        <FileField label="Report" hint="The signed report, a file of JSON." onChoose={choose(setReport)} />
        <FileField
          label="Earlier report (optional)"
          hint="About the same person: all that it says must still be there."
          onChoose={choose(setEarlier)}
        />
        <Button type="submit" busy={check.isPending} disabled={report === undefined}>
          Check
        </Button>
      </form>
      <div role="status" className="mt-6 max-w-2xl">
        {check.data && <Verdict verdict={check.data} />}
      </div>
      {check.error && <Problem error={check.error} className="mt-6 max-w-2xl" />}
    </Page>
  )
}

/** What is no JSON is told like any other thing that is no report. */
async function read(file: File | undefined): Promise<unknown> {
  if (file === undefined) return undefined
  try {
    return JSON.parse(await file.text())
  } catch {
    return null
  }
}

type FileProps = { label: string; hint: string; onChoose: (event: ChangeEvent<HTMLInputElement>) => void }

const FileField = ({ label, hint, onChoose }: FileProps) => (
  <Labelled label={label} hint={hint}>
    {(control) => (
      <input
        {...control}
        type="file"
        accept="application/json,.json"
        className={`${control.className} py-2 file:mr-3 file:rounded-md file:bg-sunken file:px-3 file:py-1`}
        onChange={onChoose}
      />
    )}
  </Labelled>
)

type Told = Awaited<ReturnType<typeof verify>> & { summary: string | undefined }

function Verdict({ verdict: { valid, anchored, here, problems, summary } }: { verdict: Told }) {
  return (
    <section
      aria-label="Verdict"
      className={`rounded-xl p-5 text-sm ${valid ? 'bg-good-soft' : 'bg-bad-soft'}`}
    >
      <h2 className={`text-base font-semibold ${valid ? 'text-good' : 'text-bad'}`}>
        {valid ? 'This report is genuine' : 'This report is not what was signed'}
      </h2>
      {valid && summary !== undefined && <p className="mt-2 font-medium">{summary}</p>}
      {valid && (
        <p className="mt-2">
          {anchored
            ? 'A signed checkpoint stands behind it.'
            : 'It is too new for a signed checkpoint: ask for a report of tomorrow, if that matters.'}{' '}
          {here ? 'Checked in your browser.' : 'Checked by the server, as this connection is not encrypted.'}
        </p>
      )}
      {!valid && (
        <ul className="mt-2 list-disc space-y-1 pl-5">
          {problems.map(({ message }) => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      )}
    </section>
  )
}
