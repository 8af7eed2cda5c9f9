import { appNames, type AppName } from '@aetherlearn/contracts/system'
import { adminEmail, demoPassword, instructorEmail, studentEmail } from './demo.ts'
import { defaultHome } from './home.ts'
import { StackError } from './programs.ts'
import { startStack, withTheirCalls, type Stack } from './stack.ts'
import { exitWith, onStop, say, unlessAsked, whenAsked } from './terminal.ts'

function askedFor(args: string[]): AppName[] {
  const strange = args.find((arg) => arg.startsWith('-') && arg !== '--no-seed')
  if (strange !== undefined)
    throw new StackError(`There is no option "${strange}". There is: --no-seed, and the names of apps.`)
  return args
    .filter((arg) => arg !== '--no-seed')
    .map((arg) => {
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
  const names = askedFor(args)
  const seed = names.length === 0 && !args.includes('--no-seed')
  const signal = onStop()
  const apps = names.length === 0 ? {} : { apps: withTheirCalls(names) }
  const starting = startStack({ home, ports: 'fixed', ...apps, seed, signal, log: say })
  const stack = await unlessAsked(signal, starting)
  if (stack === undefined) return 0
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  say(`\nAetherLearn is ready (${seconds} s). Ctrl-C stops it.\n\n${table(stack, seed, home)}\n`)
  const death = await Promise.race([whenAsked(signal), stack.died])
  say(death === undefined ? 'Stopping.' : `${death}\nStopping the rest.`)
  await stack.stop()
  return death === undefined ? 0 : 1
}

exitWith(main(process.argv.slice(2)))
