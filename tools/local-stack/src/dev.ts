import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { appNames } from '@aetherlearn/contracts/system'
import { defaultHome, root } from './home.ts'
import { StackError } from './programs.ts'
import { startStack, withTheirCalls } from './stack.ts'
import { exitWith, onStop, say, unlessAsked, whenAsked } from './terminal.ts'

/**
 * `npm run dev -- SERVICE`: that service, started again whenever its sources change, with what it needs beside it. `web`
 * is Vite's development server over the whole system.
 */
async function main(asked: string | undefined): Promise<number> {
  const name = appNames.find((app) => app === asked)
  if (name === undefined)
    throw new StackError(`Usage: npm run dev -- APP, where APP is one of: ${appNames.join(', ')}.`)
  const isWeb = name === 'web'
  const signal = onStop()
  const home = defaultHome()
  const apps = isWeb ? {} : { apps: withTheirCalls([name]), watch: [name] }
  const starting = startStack({ home, ports: 'fixed', seed: isWeb, signal, log: say, ...apps })
  const stack = await unlessAsked(signal, starting)
  if (stack === undefined) return 0
  const ended = Promise.race([whenAsked(signal), stack.died])
  try {
    if (isWeb) return await serveWeb(ended)
    for (const [app, url] of Object.entries(stack.urls)) say(`  ${app.padEnd(20)}${url}`)
    say(`\nWatching ${name}; its log: ${stack.app(name).logFile}. Ctrl-C stops it.`)
    const death = await ended
    if (death === undefined) return 0
    say(death)
    return 1
  } finally {
    await stack.stop()
  }
}

/** Until we are asked to stop, or an app has died, which `ended` then tells. */
async function serveWeb(ended: Promise<string | undefined>): Promise<number> {
  const vite = spawn(join(root, 'node_modules/.bin/vite'), { cwd: join(root, 'apps/web'), stdio: 'inherit' })
  const gone = once(vite, 'exit').then(() => 'The development server of the web console ended.')
  const death = await Promise.race([ended, gone])
  vite.kill()
  await gone
  if (death !== undefined) say(death)
  return death === undefined ? 0 : 1
}

exitWith(main(process.argv[2]))
