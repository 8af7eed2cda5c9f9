import { useMutation, useQueryClient } from '@tanstack/react-query'
import { outline, taught } from '../../api/queries.ts'

/**
 * A change of the draft. Whatever came of it the outline is read anew: after a refusal because somebody else was
 * faster, the page shows their change.
 */
export function useEdit<T = void>(
  courseId: string,
  change: (value: T) => Promise<unknown>,
  after?: () => void,
) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: change,
    onSuccess: () => after?.(),
    onSettled: () =>
      Promise.all(
        [outline(courseId), taught].map(({ queryKey }) => queryClient.invalidateQueries({ queryKey })),
      ),
  })
}
