import { Link, getRouteApi } from '@tanstack/react-router'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { session } from '../../session/session.ts'
import { AccountForm, inlineLink } from './account-form.tsx'

const route = getRouteApi('/signup')

const send = (form: FormData) =>
  session.signUp({
    fullName: textOf(form, 'fullName'),
    email: textOf(form, 'email'),
    password: String(form.get('password')),
  })

export function SignUpPage() {
  const search = route.useSearch()
  return (
    <AccountForm
      title="Create your account"
      lead="Free, and ready in a moment."
      submit="Sign up"
      next={search.next}
      send={send}
      fields={(error) => (
        <>
          <Field
            label="Full name"
            name="fullName"
            autoComplete="name"
            maxLength={120}
            required
            error={fieldError(error, 'fullName')}
          />
          <Field
            label="Email"
            name="email"
            type="email"
            autoComplete="email"
            required
            error={fieldError(error, 'email')}
          />
          <Field
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            minLength={10}
            hint="At least 10 characters."
            required
            error={fieldError(error, 'password')}
          />
        </>
      )}
      footer={
        <>
          Have an account already?{' '}
          <Link to="/signin" search={search} className={inlineLink}>
            Sign in
          </Link>
        </>
      }
    />
  )
}
