import { appNames, type AppName } from '@aetherlearn/contracts/system'
import { adminEmail, demoPassword, instructorEmail, studentEmail } from './demo.ts'
import { defaultHome } from './home.ts'
import { StackError } from './programs.ts'
import { startStack, withTheirCalls, type Stack } from './stack.ts'
import { exitWith, onStop, say } from './terminal.ts'

function askedFor(args: string[]): AppName[] {
  return args.map((arg) => {
    const name = appNames.find((app) => app === arg)
    if (name === undefined)
      throw new StackError(`There is no app "${arg}". There are: ${appNames.join(', ')}.`)
    return name
  })
}

function table(stack: Stack, seeded: boolean, home: string): string {
  const people = [adminEmail, instructorEmail, studentEmail].join('\n                     ')
  const rows: [string, string][] =
    stack.gatewayUrl === ''
      ? Object.entries(stack.urls)
      : [
          ['Web', stack.gatewayUrl],
          ['API docs', `${stack.gatewayUrl}/docs`],
          ...(seeded
            ? ([
                ['Sign in as', people],
                ['Password', demoPassword],
              ] as [string, string][])
            : []),
        ]
  const all: [string, string][] = [...rows, ['Data', `${home}/data`], ['Logs', `${home}/logs`]]
  return all.map(([label, value]) => `  ${label.padEnd(19)}${value}`).join('\n')
}

/** `npm start`, `npm start -- APP…`, `npm start -- --no-seed`. */
async function main(args: string[]): Promise<number> {
  const began = performance.now()
  const home = defaultHome()
  const names = askedFor(args.filter((arg) => !arg.startsWith('--')))
  const seed = names.length === 0 && !args.includes('--no-seed')
  const asked = onStop()
  const stack = await startStack({
    home,
    ports: 'fixed',
    ...(names.length === 0 ? {} : { apps: withTheirCalls(names) }),
    seed,
    log: say,
  })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  say(`\nAetherLearn is ready (${seconds} s). Ctrl-C stops it.\n\n${table(stack, seed, home)}\n`)
  const death = await Promise.race([asked, stack.died])
  say(death === undefined ? 'Stopping.' : `${death}\nStopping the rest.`)
  await stack.stop()
  return death === undefined ? 0 : 1
}

exitWith(main(process.argv.slice(2)))
