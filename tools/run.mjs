// Runs on any Node from 20 and without packages: installs them when they are missing or old, then hands over to
// Node 24, which is one of them and runs TypeScript as it is.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules/.bin')
const stamp = join(root, 'node_modules/.aetherlearn-installed')
const entries = {
  start: 'tools/local-stack/src/start.ts',
  dev: 'tools/local-stack/src/dev.ts',
  test: 'tools/test.ts',
  check: 'tools/check.ts',
  bench: 'tools/bench/src/main.ts',
  e2e: 'tools/e2e.ts',
  'new-service': 'tools/new-service/src/main.ts',
}

/** The lockfile and every package.json: whatever changes what has to be installed. */
function wanted() {
  const folders = ['apps', 'libs', 'tools'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => join(root, group, name)),
  )
  const files = [
    join(root, 'package-lock.json'),
    ...[root, join(root, 'e2e'), ...folders].map((f) => join(f, 'package.json')),
  ]
  const hash = createHash('sha256')
  for (const file of files) if (existsSync(file)) hash.update(readFileSync(file))
  return hash.digest('hex')
}

function install() {
  const hash = wanted()
  if (existsSync(join(bin, 'node')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  console.log('Installing the npm packages (a minute or two, once).')
  // `npm ci` refuses a lockfile that lacks other platforms' optional packages; `npm install` keeps the lockfile as it is.
  const npm = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (npm.status !== 0) {
    console.error('npm install failed, see above. Mend what it says and run the command again.')
    process.exit(1)
  }
  writeFileSync(stamp, wanted())
}

const [verb, ...args] = process.argv.slice(2)
const entry = entries[verb]
if (entry === undefined) {
  console.error(`Usage: npm run ${Object.keys(entries).join(' | ')}`)
  process.exit(1)
}
install()
const path = `${bin}${delimiter}${process.env.PATH}`
const child = spawn(join(bin, 'node'), [join(root, entry), ...args], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
})
// We stay until the child has stopped everything. A terminal's Ctrl-C reaches it by itself too, which does no harm.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => process.exit(signal === null ? code : 1))
