import { useEffect, useEffectEvent } from 'react'
import { isTaken } from './typing.ts'

type Keys = { n: () => void; b: () => void }

/** N writes a note and B sets a bookmark, wherever on the page nobody types. */
export function useNoteKeys(keys: Keys, on: boolean) {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const { ctrlKey, metaKey, altKey, repeat } = event
    const key = event.key.toLowerCase()
    if (!on || ctrlKey || metaKey || altKey || repeat || (key !== 'n' && key !== 'b') || isTaken(event))
      return
    event.preventDefault()
    keys[key]()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent) => onKey(event)
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [])
}
