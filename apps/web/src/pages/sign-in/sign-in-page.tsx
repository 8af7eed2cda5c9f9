import { Link, getRouteApi } from '@tanstack/react-router'
import { Field } from '../../components/field.tsx'
import { fieldError, textOf } from '../../components/form.ts'
import { session } from '../../session/session.ts'
import { AccountForm, inlineLink } from './account-form.tsx'

const route = getRouteApi('/signin')

export function SignInPage() {
  const search = route.useSearch()
  return (
    <AccountForm
      title="Sign in"
      lead={
        search.next === undefined
          ? 'Go on where you left off.'
          : 'Then you are back on the page you asked for.'
      }
      submit="Sign in"
      next={search.next}
      send={(form) =>
        session.signIn({ email: textOf(form, 'email'), password: String(form.get('password')) })
      }
      fields={(error) => (
        <>
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
            autoComplete="current-password"
            required
            error={fieldError(error, 'password')}
          />
        </>
      )}
      footer={
        <>
          New here?{' '}
          <Link to="/signup" search={search} className={inlineLink}>
            Create an account
          </Link>
        </>
      }
    />
  )
}
