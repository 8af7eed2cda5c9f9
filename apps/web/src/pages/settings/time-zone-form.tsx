import { useEffect, useState } from 'react'
import { useMove } from '../../api/settings.ts'
import { Button } from '../../components/button.tsx'
import { Select } from '../../components/field.tsx'
import { Problem } from '../../components/problem.tsx'
import { momentIn, ownZone, zonesToChoose } from '../../components/zone.ts'

const LOOK_AGAIN_MS = 10_000

/** Which day it is in the zone, while one chooses. */
export function TimeZoneForm({ timeZone }: { timeZone: string }) {
  const [zone, setZone] = useState(timeZone)
  const [now, setNow] = useState(() => new Date())
  const move = useMove()
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), LOOK_AGAIN_MS)
    return () => clearInterval(timer)
  }, [])
  const here = ownZone()
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        move.mutate({ timeZone: zone })
      }}
    >
      <div className="flex flex-wrap items-end gap-2">
        <Select
          label="Your time zone"
          value={zone}
          onChange={(event) => setZone(event.target.value)}
          options={zonesToChoose(timeZone).map((name) => [name, name.replaceAll('_', ' ')])}
          className="min-w-56 flex-1"
        />
        <Button type="submit" busy={move.isPending} disabled={zone === timeZone}>
          Save
        </Button>
      </div>
      <p role="status" className="mt-3 text-sm">
        It is {momentIn(zone, now)} there.
      </p>
      {here !== zone && (
        <p className="mt-1 text-sm text-muted">
          This browser is in {here.replaceAll('_', ' ')}.{' '}
          <button
            type="button"
            onClick={() => setZone(here)}
            className="font-medium text-accent-ink hover:underline"
          >
            Choose it
          </button>
        </p>
      )}
      {move.error && <Problem error={move.error} className="mt-4" />}
    </form>
  )
}
