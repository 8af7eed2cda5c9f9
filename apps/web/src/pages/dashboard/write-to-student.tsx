import { useQuery } from '@tanstack/react-query'
import { useState, type FormEvent, type ReactNode } from 'react'
import { preparedNudge, useNudge } from '../../api/messages.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { TextArea } from '../../components/field.tsx'
import { longDate } from '../../components/format.ts'
import { Problem } from '../../components/problem.tsx'
import { Loading, Skeleton } from '../../components/skeleton.tsx'

type Props = { courseId: string; userId: string; fullName: string; onClose: () => void }
const LONGEST = 2000

/** A message to a student at risk: what is suggested, or one’s own words. */
export function WriteToStudent({ courseId, userId, fullName, onClose }: Props) {
  const prepared = useQuery(preparedNudge({ courseId, userId }))
  return (
    <Dialog title={`Write to ${fullName}`} onClose={onClose}>
      {prepared.isPending && (
        <Loading what="a suggestion">
          <Skeleton className="mt-4 h-40" />
        </Loading>
      )}
      {prepared.error && <Problem error={prepared.error} className="mt-4" />}
      {prepared.data === undefined ? (
        <Buttons onClose={onClose} />
      ) : (
        <Form {...{ courseId, userId, onClose }} prepared={prepared.data} />
      )}
    </Dialog>
  )
}

const Buttons = ({ onClose, children }: { onClose: () => void; children?: ReactNode }) => (
  <div className="mt-6 flex justify-end gap-2">
    <Button look="secondary" onClick={onClose}>
      Cancel
    </Button>
    {children}
  </div>
)

type Prepared = { suggestion: string; notBefore: string | null; wanted: boolean }
type FormProps = Omit<Props, 'fullName'> & { prepared: Prepared }

function Form({ courseId, userId, onClose, prepared }: FormProps) {
  const [text, setText] = useState(prepared.suggestion)
  const nudge = useNudge({ courseId, userId })
  const hindrance = hindranceOf(prepared)
  const send = (event: FormEvent) => {
    event.preventDefault()
    nudge.mutate(text, { onSuccess: onClose })
  }
  if (hindrance !== undefined) {
    return (
      <>
        <p className="mt-3 text-sm">{hindrance}</p>
        <Buttons onClose={onClose} />
      </>
    )
  }
  return (
    <form onSubmit={send}>
      <TextArea
        label="Message"
        hint="It appears in the student’s inbox with your name, and goes out as mail to those who want that."
        value={text}
        rows={9}
        maxLength={LONGEST}
        required
        onChange={(event) => setText(event.target.value)}
        className="mt-4"
      />
      {nudge.error && <Problem error={nudge.error} className="mt-4" />}
      <Buttons onClose={onClose}>
        <Button type="submit" busy={nudge.isPending} disabled={text.trim() === ''}>
          Send
        </Button>
      </Buttons>
    </form>
  )
}

function hindranceOf({ wanted, notBefore }: Prepared): string | undefined {
  if (!wanted) return 'This student has chosen to get no such messages.'
  if (notBefore === null) return undefined
  return `Somebody of the course has written to this student in the last seven days. The next message is possible on ${longDate(notBefore)}.`
}
