/** How long somebody goes on at most with what nobody wants any more. */
const LOOK_EVERY_MS = 2000

/** The work was taken over, or its video finished, while it was under way. */
export class Superseded extends Error {}

/** Does work that is aborted soon after it is not wanted any more; then it ends as `Superseded`. */
export async function whileWanted<T>(
  isWanted: () => Promise<boolean>,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const unwanted = new AbortController()
  const look = async () => {
    // Where MongoDB does not answer, the end of the work will find out.
    if (!(await isWanted().catch(() => true))) unwanted.abort(new Superseded())
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  try {
    return await work(AbortSignal.any([signal, unwanted.signal]))
  } catch (error) {
    if (unwanted.signal.aborted && !signal.aborted) throw unwanted.signal.reason
    throw error
  } finally {
    clearInterval(timer)
  }
}
