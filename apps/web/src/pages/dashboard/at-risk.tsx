import type { SentNudge } from '@aetherlearn/contracts/analytics/messages'
import type { StudentAtRisk } from '@aetherlearn/contracts/analytics/students'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { count, duration, longDate, number, percent } from '../../components/format.ts'
import { CameBack } from './sent-nudges.tsx'
import { WriteToStudent } from './write-to-student.tsx'

type Found = { students: StudentAtRisk[]; total: number; enrolled: number; rules: Record<string, string> }
type Props = {
  courseId: string
  found: Found
  /** Newest first. */
  nudges: SentNudge[]
  busy: boolean
  onMore: (() => void) | undefined
}

/** Students to look after, each with the reasons in words. */
export function AtRisk({ courseId, found, nudges, busy, onMore }: Props) {
  const { students, total, enrolled, rules } = found
  if (enrolled === 0) {
    return (
      <EmptyState icon="people" title="No students yet">
        Those who need attention appear here once students have enrolled.
      </EmptyState>
    )
  }
  return (
    <>
      <p className="text-sm">
        {total === 0
          ? `None of the ${count(enrolled, 'student')}: nobody meets one of the rules.`
          : `${number(total)} of ${count(enrolled, 'student')}`}
      </p>
      {students.length > 0 && (
        <ul aria-label="Students at risk" className="mt-4 divide-y divide-line border-y border-line">
          {students.map((student) => (
            <StudentRow
              key={student.userId}
              courseId={courseId}
              student={student}
              last={nudges.find(({ userId }) => userId === student.userId)}
            />
          ))}
        </ul>
      )}
      {total > students.length && onMore !== undefined && (
        <Button look="secondary" className="mt-4" busy={busy} onClick={onMore}>
          Show more
        </Button>
      )}
      <Rules rules={rules} />
    </>
  )
}

type RowProps = { courseId: string; student: StudentAtRisk; last: SentNudge | undefined }

function StudentRow({ courseId, student, last }: RowProps) {
  const [writing, setWriting] = useState(false)
  const { fullName = 'Somebody new', enrolledAt, lastActiveAt, progressPercent, watchTimeSeconds } = student
  return (
    <li className="grid gap-x-6 gap-y-2 py-4 md:grid-cols-[minmax(0,1fr)_minmax(0,1.6fr)]">
      <div className="min-w-0">
        <p className="truncate font-medium">{fullName}</p>
        <p className="text-sm text-muted">
          {percent(progressPercent)} done · {duration(watchTimeSeconds)} watched
        </p>
        <p className="text-sm text-muted">
          Enrolled {longDate(enrolledAt)} ·{' '}
          {lastActiveAt === null ? 'never active' : `last active ${longDate(lastActiveAt)}`}
        </p>
      </div>
      <div>
        <ul className="space-y-1 text-sm">
          {student.reasons.map(({ rule, explanation }) => (
            <li key={rule} className="flex gap-2">
              <span aria-hidden="true" className="mt-[0.45rem] size-1.5 shrink-0 rounded-full bg-warn" />
              {explanation}
            </li>
          ))}
        </ul>
        <div className="mt-3 flex flex-wrap items-center gap-x-3 gap-y-2 text-sm">
          <Button
            look="secondary"
            size="small"
            aria-label={`Write to ${fullName}`}
            onClick={() => setWriting(true)}
          >
            Write
          </Button>
          {last !== undefined && (
            <>
              <span className="text-muted">
                Written to on {longDate(last.sentAt)}
                {last.senderName !== undefined && ` by ${last.senderName}`}
              </span>
              <CameBack nudge={last} />
            </>
          )}
        </div>
      </div>
      {writing && (
        <WriteToStudent
          courseId={courseId}
          userId={student.userId}
          fullName={fullName}
          onClose={() => setWriting(false)}
        />
      )}
    </li>
  )
}

const ruleNames: Record<string, string> = {
  'never-started': 'Never started',
  inactive: 'Inactive',
  behind: 'Behind',
  'slowing-down': 'Slowing down',
}

const Rules = ({ rules }: { rules: Record<string, string> }) => (
  <details className="mt-4 text-sm">
    <summary className="w-fit text-muted hover:text-ink">The rules</summary>
    <dl className="mt-3 grid gap-x-8 gap-y-3 sm:grid-cols-2">
      {Object.entries(rules).map(([name, words]) => (
        <div key={name}>
          <dt className="font-medium">{ruleNames[name] ?? name}</dt>
          <dd className="mt-0.5 text-muted">{words}</dd>
        </div>
      ))}
    </dl>
  </details>
)
