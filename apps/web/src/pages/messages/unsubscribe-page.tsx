import { useMutation } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { analytics } from '../../api/clients.ts'
import { Button } from '../../components/button.tsx'
import { Page } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'

/** Where the link of a mail leads, signed in or not; mail programs that open links by themselves change nothing. */
export function UnsubscribePage() {
  const { token = '' } = useSearch({ strict: false })
  const stop = useMutation({ mutationFn: () => analytics.unsubscribe({ query: { token } }) })
  return (
    <Page title="Mail from your courses">
      <section className="card max-w-xl p-6">
        {stop.data === undefined ? (
          <>
            <p>You get no more mail of this kind. The messages themselves stay in your inbox.</p>
            <Button
              className="mt-5"
              busy={stop.isPending}
              disabled={token === ''}
              onClick={() => stop.mutate()}
            >
              Stop these mails
            </Button>
            {stop.error && <Problem error={stop.error} className="mt-4" />}
          </>
        ) : (
          <p role="status">
            {stop.data.kind === 'nudge'
              ? 'Done: messages from the people of your courses come to your inbox alone.'
              : 'Done: weekly digests come to your inbox alone.'}
          </p>
        )}
      </section>
    </Page>
  )
}
