import { consentApi } from './analytics/consent.ts'
import { dashboardApi } from './analytics/dashboard.ts'
import { digestApi } from './analytics/digests.ts'
import { analyticsExportApi } from './analytics/export.ts'
import { ingestApi } from './analytics/ingest.ts'
import { lectureStatisticsApi } from './analytics/lectures.ts'
import { messageApi } from './analytics/messages.ts'
import { personalApi } from './analytics/personal.ts'
import { studentStatisticsApi } from './analytics/students.ts'
import { versionApi } from './analytics/versions.ts'
import { webhooksApi } from './analytics/webhooks.ts'

const { getDashboard, comparePeriods, watchDashboard } = dashboardApi

export const analyticsApi = {
  ...ingestApi,
  getDashboard,
  comparePeriods,
  watchDashboard,
  ...analyticsExportApi,
  ...lectureStatisticsApi,
  ...versionApi,
  ...studentStatisticsApi,
  ...consentApi,
  ...webhooksApi,
  ...personalApi,
  ...messageApi,
  ...digestApi,
}
