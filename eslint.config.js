import js from '@eslint/js'
import { createProjectGraphAsync } from '@nx/devkit'
import nx from '@nx/eslint-plugin'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'
import { depConstraints } from './tools/tidy/src/boundaries.ts'
import { functionLength } from './tools/tidy/src/function-length.ts'

// Without a graph in Nx's cache the boundary rule skips itself in silence. Making one here means that no way of
// starting eslint (npm, an editor, the API) can lint without it; when it cannot be made, linting fails.
await createProjectGraphAsync({ exitOnError: false })

const tests = ['**/*.test.ts', '**/*.test.tsx']
/** Code for tests alone, and tools: they may read the environment and print. */
const workbench = ['libs/testing/**', 'tools/**', 'e2e/**', ...tests]
/** Files whose default export another program asks for. */
const configs = ['*.config.js', '**/vite.config.ts', 'tools/count-reporter.ts']

const boundaries = (options) => [
  'error',
  {
    depConstraints: depConstraints(options),
    // The kit is tested with libs/testing, which is built on the kit: a circle of tests, never of running code.
    ignoredCircularDependencies: [
      ['@aetherlearn/service-kit', '@aetherlearn/testing'],
      ['@aetherlearn/sdk', '@aetherlearn/testing'],
      ['@aetherlearn/local-stack', '@aetherlearn/testing'],
    ],
  },
]

const packages = {
  mongoose: { name: 'mongoose', message: 'Only store.ts knows MongoDB.', allowTypeImports: true },
  bullmq: { name: 'bullmq', message: 'Only jobs.ts knows BullMQ.', allowTypeImports: true },
  process: { name: 'node:process', importNames: ['env'], message: 'Settings come in through config.ts.' },
}
const noNode = { regex: '^node:', message: 'This code runs in browsers too.' }
const restricted = (paths, patterns = []) => ({
  'no-restricted-imports': 'off',
  '@typescript-eslint/no-restricted-imports': ['error', { paths, patterns }],
})

const syntax = {
  defaultExport: {
    selector: 'ExportDefaultDeclaration, ExportSpecifier[exported.name="default"]',
    message: 'Export by name: a thing has one name everywhere.',
  },
  exportAll: { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that has it.' },
  enumeration: { selector: 'TSEnumDeclaration', message: 'TypeScript must be erasable: use a const object.' },
}

export default defineConfig(
  { ignores: ['**/node_modules', '**/dist', '**/coverage', '.nx', '.aetherlearn', '**/public'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx, house: { rules: { 'function-length': functionLength } } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries({ tests: false }),
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { disallowTypeAnnotations: true, fixStyle: 'inline-type-imports' },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          // node:test waits for what these return by itself.
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingUnknown: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', 300],
      'house/function-length': ['error', 50],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Settings come in through config.ts.' },
      ],
      'no-restricted-syntax': ['error', ...Object.values(syntax)],
      // Types for a package that has none stand beside the one file that uses it.
      '@typescript-eslint/triple-slash-reference': ['error', { path: 'always' }],
      eqeqeq: 'error',
    },
  },
  {
    files: ['apps/*/src/**/*.{ts,tsx}', 'libs/service-kit/src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    // `as` silences the compiler, so an app may only use it where something unknown is read: what a database or
    // another program answered. Libraries carry the few that generic code cannot do without.
    files: ['apps/*/src/**/*.{ts,tsx}'],
    ignores: ['**/store.ts', '**/*-store.ts', '**/parse.ts', '**/*-parse.ts', ...tests],
    rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }] },
  },
  { files: ['apps/*/src/**/*.{ts,tsx}'], rules: restricted(Object.values(packages)) },
  {
    files: ['apps/*/src/**/store.ts', 'apps/*/src/**/*-store.ts'],
    rules: restricted([packages.bullmq, packages.process]),
  },
  { files: ['apps/*/src/**/jobs.ts'], rules: restricted([packages.mongoose, packages.process]) },
  {
    files: ['libs/contracts/src/**/*.ts', 'libs/sdk/src/**/*.ts'],
    rules: restricted([packages.process], [noNode]),
  },
  { files: ['apps/web/src/**/*.{ts,tsx}'], rules: restricted(Object.values(packages), [noNode]) },
  {
    files: ['**/config.ts', '**/main.ts', ...workbench, ...configs],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': boundaries({ tests: true }),
      '@typescript-eslint/no-restricted-imports': 'off',
      'house/function-length': 'off',
    },
  },
  // What tests share; running code imports none of it.
  {
    files: ['**/*.fixture.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries({ tests: true }) },
  },
  // The router of the web app is told to go elsewhere by throwing what `redirect` makes.
  { files: ['apps/web/src/**'], rules: { '@typescript-eslint/only-throw-error': 'off' } },
  { files: configs, rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/index.{ts,tsx}'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'Program', message: 'No barrels: name the file for its job.' },
      ],
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
)
