import { analyticsApi } from '@aetherlearn/contracts/analytics'
import { progressApi } from '@aetherlearn/contracts/progress'
import { download } from '@aetherlearn/sdk/client'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { identity, options } from '../../api/clients.ts'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Field } from '../../components/field.tsx'
import { Panel } from '../../components/panel.tsx'
import { Problem } from '../../components/problem.tsx'
import { saveFile } from '../../components/save-file.ts'
import { session, useUser } from '../../session/session.ts'

/** What a person may take along, and the way out. */
export function OwnRecords() {
  const [leaving, setLeaving] = useState(false)
  const isStudent = useUser()?.role === 'student'
  const learning = useMutation({
    mutationFn: async () => {
      const response = await download(progressApi.exportLearning, {}, options)
      saveFile(await response.blob(), 'learning-data.json')
    },
  })
  const watching = useMutation({
    mutationFn: async () => {
      const response = await download(analyticsApi.exportWatching, {}, options)
      saveFile(await response.blob(), 'watching-data.json')
    },
  })
  const error = learning.error ?? watching.error
  return (
    <Panel
      title="Your data"
      lead="Where you stand in your courses, your days, your notes: all that is kept about your learning. And what the statistics of your courses know of you: when you watched what, and how you answered."
    >
      <div className="flex flex-wrap gap-2">
        <Button look="secondary" busy={learning.isPending} onClick={() => learning.mutate()}>
          Download my learning data
        </Button>
        <Button look="secondary" busy={watching.isPending} onClick={() => watching.mutate()}>
          Download what I watched
        </Button>
      </div>
      {error !== null && <Problem error={error} className="mt-4" />}
      <h3 className="mt-6 border-t border-line pt-5 text-sm font-semibold">Delete your account</h3>
      <p className="mt-1 text-sm text-muted">
        {isStudent
          ? 'Your account and all that is kept about you go, for good.'
          : 'Your courses need somebody who looks after them: first delete them or leave them to the administrators, then have one of them make your account a student’s.'}
      </p>
      <Button look="danger" className="mt-4" disabled={!isStudent} onClick={() => setLeaving(true)}>
        Delete my account
      </Button>
      {leaving && <Leave onClose={() => setLeaving(false)} />}
    </Panel>
  )
}

function Leave({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState('')
  const navigate = useNavigate()
  const leave = useMutation({
    mutationFn: () => identity.deleteMe({ body: { password } }),
    onSuccess: async ({ receipt }) => {
      onClose()
      // To a page that needs no session; and what is shown after that is not forgotten with it.
      await navigate({ to: '/' })
      // There is none any more that the server could end.
      await session.signOut().catch(() => undefined)
      await navigate({ to: '/erasure', hash: receipt })
    },
  })
  return (
    <Dialog title="Delete your account?" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          leave.mutate()
        }}
      >
        <p className="mt-3 text-sm text-muted">
          Your places in courses, what you have watched and completed, your streak and your notes are removed
          at once. This cannot be taken back. You get a receipt, by which you can see that it is done.
        </p>
        <Field
          label="Your password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          className="mt-4"
        />
        {leave.error && <Problem error={leave.error} className="mt-4" />}
        <div className="mt-6 flex justify-end gap-2">
          <Button look="secondary" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" look="danger" busy={leave.isPending} disabled={password === ''}>
            Delete for good
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
