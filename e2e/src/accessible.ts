import assert from 'node:assert/strict'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

/** Nobody reads a colour that is on its way to another one, or a page whose parts are still being loaded. */
const atRest = (page: Page) =>
  page.waitForFunction(() => {
    const moves = ({ playState, timeline, effect }: Animation) =>
      playState === 'running' &&
      timeline instanceof DocumentTimeline &&
      Number(effect?.getComputedTiming().endTime) < Infinity
    const loads = document.querySelector('[role=status][aria-label^="Loading"]')
    return loads === null && !document.getAnimations().some(moves)
  })

/** Nothing on the page makes it hard to use for some people; a failure tells in words what does. */
export async function assertAccessible(page: Page) {
  await atRest(page)
  const { violations } = await new AxeBuilder({ page }).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  assert.deepEqual(
    grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
    [],
  )
}
