import { MAX_RECORD_KEYS, RECORDS_PATH, type RecordKey } from '@aetherlearn/contracts/progress/records'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { addRecordKey, recordKeys, removeRecordKey } from '../../api/record-keys.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { EmptyState } from '../../components/empty-state.tsx'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { longDate } from '../../components/format.ts'
import { Loaded, Panel } from '../../components/panel.tsx'
import { Problem } from '../../components/problem.tsx'
import { Secret } from './secret.tsx'

const ofOne = (keyId: string) => `key-${keyId}`

/** Who reads and writes the course's learning records. */
export function RecordKeys({ courseId }: { courseId: string }) {
  const query = useQuery(recordKeys(courseId))
  const [isAdding, setAdding] = useState(false)
  const [made, setMade] = useState<{ username: string; secret: string }>()
  const isFull = (query.data?.length ?? 0) >= MAX_RECORD_KEYS
  return (
    <Panel
      title="Record store (xAPI 1.0.3)"
      lead={`Programs read and write what is recorded of this course at ${location.origin}${RECORDS_PATH}, each with a key of its own.`}
      controls={
        <Button disabled={isAdding || isFull} onClick={() => setAdding(true)}>
          Add a key
        </Button>
      }
    >
      {isAdding && (
        <KeyForm
          courseId={courseId}
          onClose={() => setAdding(false)}
          onAdded={(key) => {
            setAdding(false)
            setMade(key)
          }}
        />
      )}
      {made !== undefined && (
        <Secret title="The secret of this key" secret={made.secret} onClose={() => setMade(undefined)}>
          The password of HTTP Basic; the user name is <code>{made.username}</code>. It is shown this once.
        </Secret>
      )}
      <Loaded query={query} what="the keys">
        {(keys) =>
          keys.length === 0 ? (
            <EmptyState icon="devices" title="No keys yet">
              Add one for each program that works with the records, so that each can be revoked alone.
            </EmptyState>
          ) : (
            <ul aria-label="Keys" className="divide-y divide-line border-y border-line">
              {keys.map((key) => (
                <KeyRow key={key.keyId} courseId={courseId} of={key} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}

function KeyRow({ courseId, of: { keyId, name, createdAt } }: { courseId: string; of: RecordKey }) {
  const queryClient = useQueryClient()
  const [isAsking, setAsking] = useState(false)
  const revoke = useMutation({
    mutationFn: () => removeRecordKey(courseId, keyId),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: recordKeys(courseId).queryKey }),
  })
  return (
    <li className="flex items-center gap-3 py-4">
      <div className="min-w-0 flex-1">
        <p className="font-medium break-words">{name}</p>
        <p className="mt-1 text-sm break-all text-muted">
          {ofOne(keyId)} · since {longDate(createdAt)}
        </p>
      </div>
      <Button look="secondary" size="small" aria-label={`Revoke ${name}`} onClick={() => setAsking(true)}>
        Revoke
      </Button>
      {isAsking && (
        <Confirm
          title="Revoke this key?"
          confirm="Revoke"
          busy={revoke.isPending}
          error={revoke.error}
          onClose={() => setAsking(false)}
          onConfirm={() => revoke.mutate()}
        >
          Whoever uses {name} is refused from now on. What it recorded stays.
        </Confirm>
      )}
    </li>
  )
}

type FormProps = {
  courseId: string
  onClose: () => void
  onAdded: (key: { username: string; secret: string }) => void
}

function KeyForm({ courseId, onClose, onAdded }: FormProps) {
  const queryClient = useQueryClient()
  const add = useMutation({
    mutationFn: (form: FormData) => addRecordKey(courseId, textOf(form, 'name')),
    onSuccess: async (key) => {
      await queryClient.invalidateQueries({ queryKey: recordKeys(courseId).queryKey })
      onAdded(key)
    },
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    add.mutate(new FormData(event.currentTarget))
  }
  const named = fieldError(add.error, 'name')
  return (
    <form onSubmit={onSubmit} className="mb-6 space-y-4 rounded-xl border border-line p-4 sm:p-5">
      <Field label="What is it for?" name="name" maxLength={100} required error={named} />
      {add.error !== null && named === undefined && <Problem error={add.error} />}
      <div className="flex gap-2">
        <Button type="submit" busy={add.isPending}>
          Add
        </Button>
        <Button look="secondary" onClick={onClose}>
          Cancel
        </Button>
      </div>
    </form>
  )
}
