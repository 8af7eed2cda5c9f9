/** Does the work at the first call; calls after one that failed try again, all others get its outcome. */
export function onceItWorks(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () =>
    (done ??= work().catch((error: unknown) => {
      done = undefined
      throw error
    }))
}
