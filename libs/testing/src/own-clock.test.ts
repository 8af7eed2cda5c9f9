import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { ownClock } from './own-clock.ts'

const passed = async (work: () => unknown) => {
  const clock = ownClock()
  const from = clock.now()
  await work()
  return clock.now() - from
}

/** As a process waits that the machine does not let work. */
const held = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

test('time in which this process was not let work does not pass', async () => {
  assert.ok((await passed(() => held(500))) < 250)
})

test('time in which it waits for something, or works, passes', async () => {
  // Less than it waited, where the machine is busy all the time.
  assert.ok((await passed(() => pause(100))) > 10)
  const work = () => {
    for (const { user } = process.cpuUsage(); process.cpuUsage().user - user < 100_000;);
  }
  assert.ok((await passed(work)) > 80)
})
