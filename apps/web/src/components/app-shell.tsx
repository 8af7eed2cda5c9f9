import { Link, Outlet } from '@tanstack/react-router'
import { canTeach, useUser } from '../session/session.ts'
import { UserMenu } from '../session/user-menu.tsx'
import { Toasts } from './toasts.tsx'

const Logo = () => (
  <Link
    to="/"
    className="flex items-center gap-2.5 rounded-lg font-semibold tracking-tight"
    aria-label="AetherLearn"
  >
    <img src="/icon.svg" alt="" className="size-8" />
    <span className="hidden text-[1.05rem] lg:inline">AetherLearn</span>
  </Link>
)

const navLink =
  'rounded-lg px-3 py-1.5 text-sm whitespace-nowrap text-muted transition-colors hover:bg-sunken hover:text-ink ' +
  'aria-[current=page]:bg-sunken aria-[current=page]:font-medium aria-[current=page]:text-ink'

function Navigation() {
  const role = useUser()?.role
  return (
    <nav aria-label="Main" className="-mx-1 flex min-w-0 gap-0.5 overflow-x-auto px-1 py-1">
      <Link to="/" activeOptions={{ exact: true }} className={navLink}>
        Catalogue
      </Link>
      {role !== undefined && (
        <Link to="/learn" className={navLink}>
          My learning
        </Link>
      )}
      {canTeach(role) && (
        <Link to="/teach" className={navLink}>
          Teaching
        </Link>
      )}
      {role === 'admin' && (
        <Link to="/admin/users" className={navLink}>
          Users
        </Link>
      )}
    </nav>
  )
}

/** What stands around every page. */
export const AppShell = () => (
  <div className="flex min-h-dvh flex-col">
    <a
      href="#main"
      className="sr-only z-50 rounded-lg bg-accent px-4 py-2 text-white focus:not-sr-only focus:fixed focus:top-3 focus:left-3"
    >
      Skip to content
    </a>
    <header className="print:hidden sticky top-0 z-30 border-b border-line bg-canvas/85 backdrop-blur">
      <div className="mx-auto grid max-w-7xl grid-cols-[auto_1fr] items-center gap-x-4 px-4 sm:grid-cols-[auto_1fr_auto] sm:px-6">
        <div className="py-3">
          <Logo />
        </div>
        <div className="col-span-2 row-start-2 pb-2 sm:col-span-1 sm:row-start-auto sm:pb-0">
          <Navigation />
        </div>
        <div className="justify-self-end py-3">
          <UserMenu />
        </div>
      </div>
    </header>
    <main
      id="main"
      tabIndex={-1}
      className="mx-auto w-full max-w-7xl flex-1 px-4 py-8 outline-none sm:px-6 sm:py-10"
    >
      <Outlet />
    </main>
    <Toasts />
  </div>
)
