import { ApiError } from '@aetherlearn/sdk/client'
import { QueryClient } from '@tanstack/react-query'

const TRIES = 3

/** A refusal stays a refusal; only trouble on the way or on the server's side is worth another try. */
const worthRetrying = (failures: number, error: Error) =>
  failures < TRIES && (!(error instanceof ApiError) || error.status >= 500)

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: worthRetrying, staleTime: 5000 } },
})
