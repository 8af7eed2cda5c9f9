import { RecordKeys } from './record-keys.tsx'
import { Webhooks } from './webhooks.tsx'

/** What else works with the course: servers that are told of it, and those that read and write its records. */
export const Integrations = ({ courseId }: { courseId: string }) => (
  <div className="space-y-8">
    <Webhooks courseId={courseId} />
    <RecordKeys courseId={courseId} />
  </div>
)
