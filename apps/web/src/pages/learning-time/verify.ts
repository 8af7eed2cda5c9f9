import { verifyEvidence } from '@aetherlearn/sdk/evidence'
import { progress } from '../../api/clients.ts'

/** Here, where the browser lets pages compute hashes, so that nobody has to be believed; or else by the server. */
export async function verify(report: unknown, earlier?: unknown) {
  const pair = { ...(earlier !== undefined && { earlier }) }
  const subtle: typeof crypto.subtle | undefined = crypto.subtle
  if (subtle === undefined)
    return { ...(await progress.verifyEvidence({ body: bodyOf(report, earlier) })), here: false }
  const { keys } = await progress.getEvidenceKeys()
  return { ...(await verifyEvidence(report, { keys: { keys }, ...pair })), here: true }
}

type Body = Parameters<typeof progress.verifyEvidence>[0]['body']
/** What is no object at all is refused by the server in its own words. */
function bodyOf(report: unknown, earlier: unknown): Body {
  const brought = (value: unknown) => ({ report: {}, signature: {}, ...(typeof value === 'object' && value) })
  return { evidence: brought(report), ...(earlier !== undefined && { earlier: brought(earlier) }) }
}
