import { PLAYER_PATH } from '@aetherlearn/contracts/course/package-routes'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'

const YEAR_MS = 365 * 24 * 3600 * 1000

/** vite puts a hash of the content in the names of what lies here. */
const hashed = (path: string) => path.startsWith('assets/')
/** Pages have no extension: `/courses/123`. */
const isFile = (path: string) => /\.[^/]*$/.test(path)

/** The web console: its files, and its one page for every other address outside `/api`. */
export const siteRoutes: FastifyPluginAsync<{ webFolder: string }> = async (app, { webFolder }) => {
  await app.register(fastifyStatic, { root: webFolder, serve: false })
  const config = { access: 'public' } as const
  // Of packages: served on their host alone.
  app.get<{ Params: { '*': string } }>(
    `${PLAYER_PATH}*`,
    { config, schema: { hide: true } },
    (request, reply) => {
      const path = request.params['*']
      return reply.sendFile(`package-player/${path === '' ? 'index.html' : path}`, { cacheControl: false })
    },
  )
  app.get('/*', { config, schema: { hide: true } }, async (request, reply) => {
    const [path = ''] = request.url.slice(1).split('?', 1)
    if (path === 'api' || path.startsWith('api/')) return reply.callNotFound()
    if (hashed(path)) return reply.sendFile(path, { maxAge: YEAR_MS, immutable: true })
    return reply
      .sendFile(isFile(path) ? path : 'index.html', { cacheControl: false })
      .header('cache-control', 'no-cache')
  })
}
