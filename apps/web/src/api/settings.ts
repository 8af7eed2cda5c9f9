import type { LearnerSettings } from '@aetherlearn/contracts/progress/learner'
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { ownZone } from '../components/zone.ts'
import { progress } from './clients.ts'

export const settings = queryOptions({
  queryKey: ['progress', 'settings'],
  queryFn: () => progress.getSettings(),
})

/** Chooses where the student's days begin and end; what is told by days is read again. */
export function useMove() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (body: LearnerSettings) => progress.putSettings({ body }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['progress'] }),
  })
}

/** Who never chose a time zone learns in the days of where the browser is. */
export function useOwnDays() {
  const { data } = useQuery(settings)
  const { mutate } = useMove()
  const isNew = data?.chosen === false
  useEffect(() => {
    if (isNew) mutate({ timeZone: ownZone() })
  }, [isNew, mutate])
}
