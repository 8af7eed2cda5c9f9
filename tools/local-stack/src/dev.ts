import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { appNames } from '@aetherlearn/contracts/system'
import { defaultHome, root } from './home.ts'
import { StackError } from './programs.ts'
import { startStack, withTheirCalls } from './stack.ts'
import { exitWith, onStop, say } from './terminal.ts'

/**
 * `npm run dev -- SERVICE`: that service, started again whenever its sources change, with what it needs beside it. `web`
 * is Vite's development server over the whole system.
 */
async function main(asked: string | undefined): Promise<number> {
  const name = appNames.find((app) => app === asked)
  if (name === undefined)
    throw new StackError(`Usage: npm run dev -- APP, where APP is one of: ${appNames.join(', ')}.`)
  const isWeb = name === 'web'
  const stopped = onStop()
  const home = defaultHome()
  const apps = isWeb ? {} : { apps: withTheirCalls([name]), watch: [name] }
  const stack = await startStack({ home, ports: 'fixed', seed: isWeb, log: say, ...apps })
  try {
    if (isWeb) return await serveWeb(stopped)
    for (const [app, url] of Object.entries(stack.urls)) say(`  ${app.padEnd(20)}${url}`)
    say(`\nWatching ${name}; its log: ${stack.app(name).logFile}. Ctrl-C stops it.`)
    const death = await Promise.race([stopped, stack.died])
    if (death === undefined) return 0
    say(death)
    return 1
  } finally {
    await stack.stop()
  }
}

async function serveWeb(stopped: Promise<undefined>): Promise<number> {
  const vite = spawn(join(root, 'node_modules/.bin/vite'), { cwd: join(root, 'apps/web'), stdio: 'inherit' })
  const ended = once(vite, 'exit').then(() => 'ended' as const)
  if ((await Promise.race([stopped, ended])) === 'ended') return 1
  vite.kill()
  await ended
  return 0
}

exitWith(main(process.argv[2]))
