import { dashboardApi } from './analytics/dashboard.ts'
import { ingestApi } from './analytics/ingest.ts'

const { getDashboard, watchDashboard } = dashboardApi

export const analyticsApi = { ...ingestApi, getDashboard, watchDashboard }
