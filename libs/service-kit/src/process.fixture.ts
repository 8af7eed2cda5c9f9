import { createLogger } from './log.ts'
import { runProcess } from './process.ts'
import { createServer } from './server.ts'

/** A process for `process.test.ts`: `/slow` answers when its standard input says so. */
const settings = { HOST: '127.0.0.1', PORT: 0, SHUTDOWN_GRACE_MS: 5000 }
const say = (line: string) => process.stdout.write(`${line}\n`)

const running = await runProcess(settings, createLogger('fixture', 'silent'), async (opened) => {
  opened('first', () => say('closed first'))
  opened('second', () => say('closed second'))
  const app = await createServer({
    name: 'fixture',
    verifyToken: () => Promise.reject(new Error('not used')),
  })
  // It waits for the test, however long that takes: the limit of two seconds is not what is tested.
  app.get('/slow', { config: { access: 'public', rate: 'media' } }, async () => {
    say('began')
    await new Promise((resolve) => process.stdin.once('data', resolve))
    process.stdin.pause()
    return { ready: app.readiness.stopping ? 'stopping' : 'running' }
  })
  return app
})
say(running.address)
