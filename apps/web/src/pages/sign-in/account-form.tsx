import type { User } from '@aetherlearn/contracts/identity'
import { useMutation } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import type { FormEvent, ReactNode } from 'react'
import { Button } from '../../components/button.tsx'
import { useTitle } from '../../components/page.tsx'
import { Problem } from '../../components/problem.tsx'
import { homeOf } from '../../session/session.ts'

type Props = {
  title: string
  lead: string
  submit: string
  /** Where to go once signed in; left out: the person's own home. */
  next: string | undefined
  send: (form: FormData) => Promise<User>
  fields: (error: Error | null) => ReactNode
  footer: ReactNode
}

/** The card that both ways to a session share. */
export function AccountForm({ title, lead, submit, next, send, fields, footer }: Props) {
  useTitle(title)
  const { history } = useRouter()
  const entry = useMutation({
    mutationFn: send,
    onSuccess: (user) => history.push(next ?? homeOf(user.role)),
  })
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    entry.mutate(new FormData(event.currentTarget))
  }
  return (
    <div className="mx-auto max-w-sm py-6 sm:py-12">
      <img src="/icon.svg" alt="" className="size-11" />
      <h1 className="mt-5 text-2xl font-semibold tracking-tight">{title}</h1>
      <p className="mt-1.5 text-muted">{lead}</p>
      <form onSubmit={onSubmit} className="mt-8 space-y-5">
        {fields(entry.error)}
        {entry.error && <Problem error={entry.error} />}
        <Button type="submit" size="large" className="w-full" busy={entry.isPending}>
          {submit}
        </Button>
      </form>
      <p className="mt-6 text-sm text-muted">{footer}</p>
    </div>
  )
}

export const inlineLink = 'font-medium text-accent-ink underline underline-offset-4'
