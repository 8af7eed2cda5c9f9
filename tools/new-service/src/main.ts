import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { generate } from './generate.ts'

const root = join(import.meta.dirname, '../../..')
const [given = ''] = process.argv.slice(2)

try {
  const { names, port, files } = generate(root, given)
  spawnSync(join(root, 'node_modules/.bin/prettier'), ['--write', '--log-level=warn', ...files], {
    cwd: root,
  })
  console.log(`${names.app} is there, on port ${port}:`)
  for (const file of files) console.log(`  ${file}`)
  console.log(`\nNext: npm test -- ${names.app}, then docs/add-a-service.md.`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
