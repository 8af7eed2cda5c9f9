/** Whoever types or presses a focused button means that, not the page. */
export function isTaken(event: KeyboardEvent): boolean {
  const { target } = event
  if (event.defaultPrevented || !(target instanceof HTMLElement)) return event.defaultPrevented
  if (target.closest('[role=menu], dialog')) return true
  if (target instanceof HTMLInputElement) return target.type !== 'range'
  if (target.closest('textarea, select, [contenteditable]')) return true
  return event.key === ' ' && target.closest('button, a, summary') !== null
}
