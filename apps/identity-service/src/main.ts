import { failStart, runProcess } from '@aetherlearn/service-kit/process'
import { loadConfig } from '@aetherlearn/service-kit/config'
import { heardModel, startListener } from '@aetherlearn/service-kit/listener'
import { createLogger } from '@aetherlearn/service-kit/log'
import { measureAge } from '@aetherlearn/service-kit/metrics'
import { connectMongo, mongoCheck, prepareModels } from '@aetherlearn/service-kit/mongo'
import { createOutbox } from '@aetherlearn/service-kit/outbox'
import { startRelay } from '@aetherlearn/service-kit/relay'
import { startTracing } from '@aetherlearn/service-kit/tracing'
import { ensureFirstAdmin } from './accounts/first-admin.ts'
import { buildApp } from './app.ts'
import { Config } from './config.ts'
import { erasureEvents } from './erasures/events.ts'
import { openStores } from './stores.ts'

const start = async () => {
  const config = loadConfig(Config, process.env)
  const log = createLogger('identity-service', config.LOG_LEVEL)
  const stopTracing = await startTracing('identity-service', config.OTEL_EXPORTER_OTLP_ENDPOINT)
  await runProcess(config, log, async (opened) => {
    opened('tracing', stopTracing)
    const mongo = await connectMongo({ url: config.MONGO_URL, database: config.MONGO_DATABASE })
    opened('mongo', () => mongo.close())
    const outbox = createOutbox(mongo)
    const stores = openStores(mongo, outbox, { sessionSeconds: config.SESSION_DAYS * 24 * 3600 })
    heardModel(mongo)
    await prepareModels(mongo)
    await ensureFirstAdmin(stores.accounts, { email: config.ADMIN_EMAIL, password: config.ADMIN_PASSWORD })
    const relay = startRelay({ connection: mongo, outbox, redisUrl: config.REDIS_STATE_URL, log })
    opened('relay', () => relay.stop())
    const listener = startListener(
      { app: 'identity-service', connection: mongo, redisUrl: config.REDIS_STATE_URL, log },
      erasureEvents(stores.erasures),
    )
    opened('listener', () => listener.stop())
    const app = await buildApp({
      ...stores,
      key: await stores.keys.signingKey(),
      accessTokenSeconds: config.ACCESS_TOKEN_SECONDS,
      checks: { mongo: mongoCheck(mongo) },
      log,
    })
    measureAge(app.metrics, 'outbox_oldest_unsent_seconds', outbox.oldestDue)
    return app
  })
}

start().catch(failStart)
