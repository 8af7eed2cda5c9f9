/** What cmi5 (2016, current) calls things. */
export const CATEGORY = 'https://w3id.org/xapi/cmi5/context/categories/cmi5'
export const MOVE_ON = 'https://w3id.org/xapi/cmi5/context/categories/moveon'
const extension = (name: string) => `https://w3id.org/xapi/cmi5/context/extensions/${name}`
export const extensions = {
  sessionId: extension('sessionid'),
  masteryScore: extension('masteryscore'),
  launchMode: extension('launchmode'),
  launchUrl: extension('launchurl'),
  moveOn: extension('moveon'),
  launchParameters: extension('launchparameters'),
} as const
export const verbs = {
  launched: 'http://adlnet.gov/expapi/verbs/launched',
  initialized: 'http://adlnet.gov/expapi/verbs/initialized',
  completed: 'http://adlnet.gov/expapi/verbs/completed',
  passed: 'http://adlnet.gov/expapi/verbs/passed',
  failed: 'http://adlnet.gov/expapi/verbs/failed',
  terminated: 'http://adlnet.gov/expapi/verbs/terminated',
  abandoned: 'https://w3id.org/xapi/adl/verbs/abandoned',
  satisfied: 'https://w3id.org/xapi/adl/verbs/satisfied',
} as const
export type VerbName = keyof typeof verbs
export const COURSE_TYPE = 'https://w3id.org/xapi/cmi5/activitytype/course'
