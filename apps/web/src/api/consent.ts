import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import { analytics } from './clients.ts'

export const consent = queryOptions({
  queryKey: ['statistics', 'consent'],
  queryFn: () => analytics.getConsent(),
})

/** Says whether statistics may know by name what one does. */
export function useChangeConsent() {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (personal: boolean) => analytics.changeConsent({ body: { personal } }),
    onSuccess: (said) => queryClient.setQueryData(consent.queryKey, said),
  })
}
