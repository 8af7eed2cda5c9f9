import { Type } from 'typebox'
import { anyReach, publicReach } from './send.ts'

export const webhookSettings = {
  /** `anywhere`: also http, and addresses of our own network, which whoever edits a course could then reach through us. */
  WEBHOOK_TARGETS: Type.Union([Type.Literal('public'), Type.Literal('anywhere')], { default: 'public' }),
}

export const reachOf = ({ WEBHOOK_TARGETS }: { WEBHOOK_TARGETS: 'public' | 'anywhere' }) =>
  WEBHOOK_TARGETS === 'anywhere' ? anyReach : publicReach
