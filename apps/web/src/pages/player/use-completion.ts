import { useMutation, useQueryClient } from '@tanstack/react-query'
import { progress } from '../../api/clients.ts'

/** Marks a lecture as completed; streak, heatmap and percentages are read again after it. */
export function useCompletion(lecture: { courseId: string; lectureId: string }) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: () => progress.complete({ body: lecture }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['progress'] }),
  })
}
