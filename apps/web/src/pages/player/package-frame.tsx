import { useEffect, useEffectEvent, useRef } from 'react'
import { putState } from '../../api/packages.ts'
import { readMessage, type Move, type Said } from '../../package-player/messages.ts'
import { useUser } from '../../session/session.ts'
import { createPackageSaver, keyOf, type Saver, type SaveState } from './package-saver.ts'
import type { Opened } from './use-package.ts'

type Props = {
  courseId: string
  lectureId: string
  opened: Opened
  onState: (state: SaveState) => void
  /** The package was left, or asks for what is beside it. */
  onMove: (move: Move) => void
  /** It has said that it is over; its last page may still be read. */
  onFinished: () => void
}

/** Packages run what they like, but cannot take the whole window elsewhere. */
const SANDBOX =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-modals allow-downloads'
/** What a package says while it is taken away is still heard for so long. */
const LINGER_MS = 5000

/** An open package, in a frame of another origin; of SCORM, what it says is kept. */
export function PackageFrame(props: Props) {
  const frame = useRef<HTMLIFrameElement>(null)
  useConversation(frame, props)
  const { src, item } = props.opened
  return (
    <iframe
      ref={frame}
      src={src}
      title={item.title}
      sandbox={SANDBOX}
      allow="autoplay; fullscreen; encrypted-media"
      className="size-full bg-white"
    />
  )
}

function useConversation(frame: React.RefObject<HTMLIFrameElement | null>, props: Props) {
  const { courseId, lectureId, opened } = props
  const userId = useUser()?.id ?? ''
  const onMove = useEffectEvent(props.onMove)
  const onState = useEffectEvent(props.onState)
  const onFinished = useEffectEvent(props.onFinished)

  useEffect(() => {
    const { origin, item, scorm } = opened
    const place = { courseId, lectureId, itemId: item.itemId }
    const saver =
      scorm?.sessionId === undefined ? undefined : saverOf(userId, place, scorm.sessionId, onState)
    const ports: MessagePort[] = []
    let latest = scorm?.open

    const hearSaid = ({ sequence, cmi, urgent, finished, move }: Said) => {
      latest = latest && { ...latest, sequence, state: { ...latest.state, entry: 'resume', cmi } }
      saver?.offer({ sequence, cmi, urgent, finished })
      if (finished) onFinished()
      if (move !== undefined) onMove(move)
    }
    const greet = () => {
      const { port1, port2 } = new MessageChannel()
      ports.push(port1)
      port1.onmessage = ({ data }) => {
        const message = readMessage(data)
        if (message?.kind === 'said') hearSaid(message)
      }
      frame.current?.contentWindow?.postMessage(latest, origin, [port2])
    }
    const hear = (event: MessageEvent<unknown>) => {
      if (event.origin !== origin || event.source === null) return
      if (event.source !== frame.current?.contentWindow) return
      const message = readMessage(event.data)
      if (message?.kind === 'ready' && scorm !== undefined) greet()
      if (message?.kind === 'left') onMove('exit')
    }
    window.addEventListener('message', hear)
    const forget = saver === undefined ? undefined : saveOnLeaving(saver)
    return () => {
      window.removeEventListener('message', hear)
      void saver?.flush()
      setTimeout(() => {
        forget?.()
        void saver?.flush()
        for (const port of ports) port.close()
      }, LINGER_MS)
    }
  }, [courseId, lectureId, opened, userId, frame])
}

function saverOf(
  userId: string,
  place: { courseId: string; lectureId: string; itemId: string },
  sessionId: string,
  onState: (state: SaveState) => void,
) {
  return createPackageSaver({
    place,
    sessionId,
    storage: localStorage,
    key: keyOf(userId, place),
    put: putState,
    later: (work, ms) => {
      const timer = setTimeout(work, ms)
      return () => clearTimeout(timer)
    },
    onState,
  })
}

/** Answers how to listen no more. */
function saveOnLeaving(saver: Saver) {
  const hidden = () => document.visibilityState === 'hidden' && saver.leave()
  const back = () => void saver.flush()
  window.addEventListener('pagehide', saver.leave)
  window.addEventListener('online', back)
  document.addEventListener('visibilitychange', hidden)
  return () => {
    window.removeEventListener('pagehide', saver.leave)
    window.removeEventListener('online', back)
    document.removeEventListener('visibilitychange', hidden)
  }
}
