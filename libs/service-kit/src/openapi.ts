import swagger from '@fastify/swagger'
import { Problem } from '@aetherlearn/contracts/errors'
import type { Access } from '@aetherlearn/contracts/shape'
import type { FastifyInstance, RouteOptions } from 'fastify'

const securitySchemes = {
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  basic: { type: 'http', scheme: 'basic' },
} as const
/** What a route of each kind of access asks for; of others, nothing that stands in a header. */
const security = (access: Access | undefined) => {
  if (access === 'public' || access === 'signed-url') return {}
  return { security: [access === 'credentials' ? { basic: [] } : { bearer: [] }] }
}

/** The routes of this process as OpenAPI 3.1, made from their contracts, at `/openapi.json`. */
export async function registerApiDocument(app: FastifyInstance, title: string) {
  showHead(app)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: `AetherLearn ${title}`, version: '1' },
      components: { securitySchemes },
    },
    transform: ({ schema, url, route }) => ({ schema: { ...schema, ...describe(route) }, url }),
  })
  const config = { access: 'public' } as const
  app.get('/openapi.json', { config, schema: { hide: true } }, async () => app.swagger())
}

/** Where there is GET, HEAD goes without saying; a contract that names it alone is shown with it. */
function showHead(app: FastifyInstance) {
  const readable = new Set<string>()
  app.addHook('onRoute', (route) => {
    if (route.method === 'GET') readable.add(route.url)
    if (route.method !== 'HEAD' || readable.has(route.url)) return
    route.config = { ...route.config, swagger: { exposeHeadRoute: true } }
  })
}

/** What the contract says outside its schema: the access rule, the summary, and the problem that any route may answer. */
function describe(route: RouteOptions) {
  const access = route.config?.access
  const summary = 'summary' in route && typeof route.summary === 'string' ? route.summary : undefined
  const response = (route.schema as { response?: Record<string, unknown> } | undefined)?.response ?? {}
  return {
    ...(summary === undefined ? {} : { summary }),
    tags: [route.url.split('/')[3] ?? 'service'],
    ...security(access),
    response: { ...response, default: { description: 'A problem document (RFC 9457)', ...Problem } },
  }
}
