import { launchApi } from '@aetherlearn/contracts/progress/launch'
import type { Server } from '@aetherlearn/service-kit/server'
import type { Directory } from '../courses/directory.ts'
import { wantedLanguages } from '../records/formats.ts'
import type { Launches } from './launches.ts'

export type LaunchRouteDeps = { directory: Pick<Directory, 'requireLecture'>; launched: Launches }

export async function launchRoutes(app: Server, { directory, launched }: LaunchRouteDeps) {
  app.route({
    ...launchApi.launchItem,
    handler: async ({ caller, params, body, headers, traceId }) => {
      await directory.requireLecture(caller.id, params.courseId, params.lectureId, 'params')
      const languages = wantedLanguages(headers['accept-language']).filter((tag) => tag !== '*')
      const by = { languages: languages.slice(0, 10).join(',') || 'en', traceId }
      return launched.launch({ ...params, userId: caller.id }, body, by)
    },
  })

  /** The unit sends an empty body, of whatever type its library takes. */
  await app.register(async (scope: Server) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined))
    scope.route({
      ...launchApi.fetchToken,
      handler: async ({ params }, reply) => {
        void reply.headers({
          'access-control-allow-origin': '*',
          'cross-origin-resource-policy': 'cross-origin',
        })
        void reply.header('cache-control', 'no-store')
        return launched.fetchToken(params.ticket)
      },
    })
  })
}
