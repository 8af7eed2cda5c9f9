import { dashboardApi } from './analytics/dashboard.ts'
import { ingestApi } from './analytics/ingest.ts'

const { getDashboard, comparePeriods, watchDashboard } = dashboardApi

export const analyticsApi = { ...ingestApi, getDashboard, comparePeriods, watchDashboard }
