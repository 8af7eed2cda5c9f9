/**
 * Who may import whom, as Nx tags: the table of the architecture, one row per kind of project. `eslint.config.js`
 * enforces it and `boundaries.test.ts` proves that it bites. A kind without a row may import nothing of ours.
 */
export const mayImport: Record<string, string[]> = {
  'lib:contracts': [],
  'lib:sdk': ['lib:contracts'],
  'lib:service-kit': ['lib:contracts', 'lib:sdk'],
  'lib:testing': ['lib:contracts', 'lib:sdk', 'lib:service-kit', 'tool:local-stack'],
  'app:service': ['lib:contracts', 'lib:service-kit', 'lib:sdk'],
  'app:web': ['lib:contracts', 'lib:sdk'],
  'tool:local-stack': ['lib:contracts', 'lib:sdk'],
  'tool:tidy': ['lib:contracts'],
  'tool:new-service': ['lib:contracts'],
  'tool:bench': ['lib:contracts', 'lib:sdk', 'lib:testing', 'tool:local-stack'],
  'tool:e2e': ['lib:contracts', 'lib:sdk', 'lib:testing', 'tool:local-stack'],
}

type External = { allowedExternalImports?: string[]; bannedExternalImports?: string[] }

/** Packages from outside. Kinds that are not named may use what their own package.json lists. */
const outside: Record<string, External> = {
  'lib:contracts': { allowedExternalImports: ['typebox', 'typebox/*'] },
  'lib:sdk': { allowedExternalImports: ['typebox', 'typebox/*', 'socket.io-client'] },
  'app:web': {
    bannedExternalImports: ['fastify', '@fastify/*', 'mongoose', 'ioredis', 'bullmq', 'pino', 'socket.io'],
  },
}

/** Tests may also use `libs/testing`, which needs Node; what runs in browsers is tested without it. */
const testedWith = (tag: string) => (tag === 'app:web' || tag === 'lib:contracts' ? [] : ['lib:testing'])

/** The rows as `@nx/enforce-module-boundaries` wants them, for running code or for tests. */
export const depConstraints = ({ tests }: { tests: boolean }) =>
  Object.entries(mayImport).map(([sourceTag, tags]) => ({
    sourceTag,
    onlyDependOnLibsWithTags: tests ? [...new Set([...tags, ...testedWith(sourceTag)])] : tags,
    ...(tests ? {} : outside[sourceTag]),
  }))
