import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { AppShell } from './components/app-shell.tsx'
import { asError } from './components/as-error.ts'
import { NotFound, PageProblem } from './components/problem.tsx'
import { CataloguePage } from './pages/catalogue/catalogue-page.tsx'
import { searchOf } from './pages/catalogue/search.ts'
import { SignInPage } from './pages/sign-in/sign-in-page.tsx'
import { SignUpPage } from './pages/sign-in/sign-up-page.tsx'
import { adminsOnly, instructorsOnly, signedIn } from './session/guard.ts'

const root = createRootRoute({ component: AppShell })
const under = { getParentRoute: () => root }

/** Where to go after signing in: a path of this site, never an address that a link could point elsewhere. */
function nextOf(search: Record<string, unknown>): { next?: string } {
  const { next } = search
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {}
}

const catalogue = createRoute({ ...under, path: '/', validateSearch: searchOf, component: CataloguePage })
const signIn = createRoute({ ...under, path: '/signin', validateSearch: nextOf, component: SignInPage })
const signUp = createRoute({ ...under, path: '/signup', validateSearch: nextOf, component: SignUpPage })
const landing = createRoute({
  ...under,
  path: '/courses/$courseId',
  component: lazyRouteComponent(() => import('./pages/landing/landing-page.tsx'), 'LandingPage'),
})
const home = createRoute({
  ...under,
  path: '/learn',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./pages/home/home-page.tsx'), 'HomePage'),
})
const resume = createRoute({
  ...under,
  path: '/learn/$courseId',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./pages/player/resume-page.tsx'), 'ResumePage'),
})
const player = createRoute({
  ...under,
  path: '/learn/$courseId/$lectureId',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./pages/player/player-page.tsx'), 'PlayerPage'),
})
const settings = createRoute({
  ...under,
  path: '/settings',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
})
const learningTime = createRoute({
  ...under,
  path: '/learning-time',
  beforeLoad: signedIn,
  component: lazyRouteComponent(
    () => import('./pages/learning-time/learning-time-page.tsx'),
    'LearningTimePage',
  ),
})
const verify = createRoute({
  ...under,
  path: '/verify',
  component: lazyRouteComponent(() => import('./pages/learning-time/verify-page.tsx'), 'VerifyPage'),
})
const teach = createRoute({
  ...under,
  path: '/teach',
  beforeLoad: instructorsOnly,
  component: lazyRouteComponent(() => import('./pages/teach/teach-page.tsx'), 'TeachPage'),
})
const editor = createRoute({
  ...under,
  path: '/teach/$courseId',
  beforeLoad: instructorsOnly,
  component: lazyRouteComponent(() => import('./pages/editor/editor-page.tsx'), 'EditorPage'),
})
const editorTab = createRoute({
  ...under,
  path: '/teach/$courseId/$tab',
  beforeLoad: instructorsOnly,
  component: lazyRouteComponent(() => import('./pages/editor/editor-page.tsx'), 'EditorPage'),
})
const dashboard = createRoute({
  ...under,
  path: '/teach/$courseId/dashboard',
  beforeLoad: instructorsOnly,
  component: lazyRouteComponent(() => import('./pages/dashboard/dashboard-page.tsx'), 'DashboardPage'),
})
const dashboardView = createRoute({
  ...under,
  path: '/teach/$courseId/dashboard/$view',
  beforeLoad: instructorsOnly,
  component: lazyRouteComponent(() => import('./pages/dashboard/dashboard-page.tsx'), 'DashboardPage'),
})
const users = createRoute({
  ...under,
  path: '/admin/users',
  beforeLoad: adminsOnly,
  component: lazyRouteComponent(() => import('./pages/users/users-page.tsx'), 'UsersPage'),
})

const erasure = createRoute({
  ...under,
  path: '/erasure',
  component: lazyRouteComponent(() => import('./pages/erasure/erasure-page.tsx'), 'ErasurePage'),
})

const messages = createRoute({
  ...under,
  path: '/messages',
  beforeLoad: signedIn,
  component: lazyRouteComponent(() => import('./pages/messages/messages-page.tsx'), 'MessagesPage'),
})
const unsubscribe = createRoute({
  ...under,
  path: '/unsubscribe',
  validateSearch: ({ token }: Record<string, unknown>): { token?: string } =>
    typeof token === 'string' ? { token } : {},
  component: lazyRouteComponent(() => import('./pages/messages/unsubscribe-page.tsx'), 'UnsubscribePage'),
})

/** The pages of the console, by address. */
export const router = createRouter({
  routeTree: root.addChildren([
    catalogue,
    signIn,
    signUp,
    landing,
    home,
    resume,
    player,
    settings,
    learningTime,
    verify,
    teach,
    editor,
    editorTab,
    dashboard,
    dashboardView,
    users,
    erasure,
    messages,
    unsubscribe,
  ]),
  defaultPreload: 'intent',
  // On the pages, not on the root: what stands around them stays.
  defaultErrorComponent: ({ error }) => <PageProblem error={asError(error)} />,
  defaultNotFoundComponent: NotFound,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
