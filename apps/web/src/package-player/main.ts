import { CONSOLE_PARAMETER, LEFT_PARAMETER, readOpen, type FromPlayer, type Open } from './messages.ts'
import { openRuntime } from './runtime.ts'
import { keepWhileLeaving } from './leaving.ts'
import './player.css'

/**
 * This page lies at the origin of packages, within a frame of the console: a package finds here what SCORM says it should,
 * and nothing of the console's. The console keeps what it says.
 */
const parameters = new URLSearchParams(location.search)
const consoleOrigin = parameters.get(CONSOLE_PARAMETER) ?? ''

function tellConsole(message: FromPlayer) {
  if (URL.canParse(consoleOrigin)) window.parent.postMessage(message, consoleOrigin)
}

async function show(open: Open, port: MessagePort) {
  const keepLast = keepWhileLeaving(open.leaving)
  const { name, api } = await openRuntime(open, (said) => {
    port.postMessage(said)
    keepLast(said)
  })
  Object.assign(window, { [name]: api })
  const frame = document.createElement('iframe')
  frame.title = open.title
  frame.allow = 'autoplay; fullscreen; encrypted-media'
  frame.src = open.url
  document.title = open.title
  document.body.replaceChildren(frame)
  frame.focus()
}

if (parameters.has(LEFT_PARAMETER)) tellConsole({ kind: 'left' })
else {
  const hear = (event: MessageEvent<unknown>) => {
    const open = event.origin === consoleOrigin && event.source === window.parent && readOpen(event.data)
    const [port] = event.ports
    if (!open || port === undefined) return
    window.removeEventListener('message', hear)
    void show(open, port)
  }
  window.addEventListener('message', hear)
  tellConsole({ kind: 'ready' })
}
