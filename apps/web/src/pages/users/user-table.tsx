import type { User } from '@aetherlearn/contracts/identity'
import { roles, type Role } from '@aetherlearn/contracts/shape'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { identity } from '../../api/clients.ts'
import { Icon } from '../../components/icon.tsx'
import { problemOf } from '../../components/problem.tsx'
import { Spinner } from '../../components/spinner.tsx'
import { useUser } from '../../session/session.ts'

/** People with a role to choose for each. */
export const UserTable = ({ users }: { users: User[] }) => (
  <div className="card overflow-x-auto">
    <table className="w-full text-sm">
      <thead>
        <tr className="border-b border-line bg-sunken/60 text-left text-xs text-muted">
          <th scope="col" className="px-5 py-3 font-medium">
            Name
          </th>
          <th scope="col" className="hidden px-5 py-3 font-medium sm:table-cell">
            Email
          </th>
          <th scope="col" className="px-5 py-3 font-medium">
            Role
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {users.map((user) => (
          <tr key={user.id}>
            <th scope="row" className="px-5 py-3 text-left font-medium">
              {user.fullName}
              <span className="block font-normal break-all text-muted sm:hidden">{user.email}</span>
            </th>
            <td className="hidden px-5 py-3 text-muted sm:table-cell">{user.email}</td>
            <td className="px-5 py-3">
              <RoleSelect user={user} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

const isRole = (value: string): value is Role => roles.some((role) => role === value)

function RoleSelect({ user }: { user: User }) {
  const queryClient = useQueryClient()
  const own = useUser()?.id === user.id
  const change = useMutation({
    mutationFn: (role: Role) => identity.changeUser({ params: { userId: user.id }, body: { role } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['users'] }),
  })
  return (
    <div className="flex items-center gap-2">
      <select
        aria-label={`Role of ${user.email}`}
        className="h-9 rounded-lg border border-line-strong/60 bg-surface px-2 capitalize disabled:opacity-60"
        value={change.isPending ? change.variables : user.role}
        // Nobody can lock themselves out of this page.
        disabled={own || change.isPending}
        onChange={({ target }) => {
          if (isRole(target.value)) change.mutate(target.value)
        }}
      >
        {roles.map((role) => (
          <option key={role} value={role}>
            {role}
          </option>
        ))}
      </select>
      <span role="status" className="flex items-center gap-1 text-xs">
        {change.isPending && <Spinner className="size-4" />}
        {change.isSuccess && (
          <>
            <Icon name="check" className="size-4 text-good" /> Saved
          </>
        )}
        {change.error && <span className="text-bad">{problemOf(change.error).title}</span>}
      </span>
    </div>
  )
}
