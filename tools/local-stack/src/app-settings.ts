import { apps, type AppName, type Need } from '@aetherlearn/contracts/system'

/** Secrets and the like go to the one app that they are for. */
const owners: Record<string, AppName> = {
  MEDIA_SECRET: 'course-service',
  ADMIN_EMAIL: 'identity-service',
  ADMIN_PASSWORD: 'identity-service',
  WEB_FOLDER: 'gateway',
}

const needOf: Record<string, Need> = {
  MONGO_URL: 'mongo',
  REDIS_STATE_URL: 'redis-state',
  REDIS_CACHE_URL: 'redis-cache',
  STORE: 'objects',
  OBJECTS_FOLDER: 'objects',
}

/** Of all settings those that are for `name`: a store's go where the map says that it is needed. */
export function settingsFor(name: AppName, settings: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const needed = (setting: string) => {
    const need = setting.startsWith('S3_') ? 'objects' : needOf[setting]
    return need === undefined || apps[name].needs.includes(need)
  }
  const isFor = (setting: string) => (owners[setting] ?? name) === name && needed(setting)
  return Object.fromEntries(Object.entries(settings).filter(([setting]) => isFor(setting)))
}
