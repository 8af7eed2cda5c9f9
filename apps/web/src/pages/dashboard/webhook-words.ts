import type { WebhookEvent } from '@aetherlearn/contracts/analytics/webhooks'

/** What a webhook can be told of, in words. */
export const eventWords: Record<WebhookEvent, string> = {
  'enrolment.created': 'A student enrols',
  'enrolment.ended': 'A student leaves',
  'lecture.completed': 'A lecture is completed',
  'course.completed': 'The course is completed',
  'student.at-risk': 'A student comes to be at risk',
  'digest.ready': 'The digest of a week is there',
}
