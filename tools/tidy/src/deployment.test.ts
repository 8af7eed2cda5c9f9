import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { apps as map, nodeFlags } from '@aetherlearn/contracts/system'
import { composeFaults } from './compose.ts'
import type { Apps } from './deployment.ts'
import { kubernetesFaults } from './kubernetes.ts'
import { read, workspaceFiles } from './workspace.ts'

const files = workspaceFiles()
const manifests = files.filter((path) => /^k8s\/base\/[^/]+\.ya?ml$/.test(path))

describe('the map', () => {
  test('names every folder in apps, and no other', () => {
    const folders = new Set(files.flatMap((path) => /^apps\/([^/]+)\//.exec(path)?.[1] ?? []))
    assert.deepEqual([...folders].sort(), Object.keys(map).sort())
  })

  test('agrees with docker-compose.yml', () => {
    assert.deepEqual(composeFaults(read('docker-compose.yml'), map), [])
  })

  test('agrees with the image on how Node.js is run', () => {
    assert.ok(read('Dockerfile').includes(`exec node ${nodeFlags.join(' ')} apps/$APP/src/main.ts`))
  })

  test('agrees with k8s/base', () => {
    assert.deepEqual(kubernetesFaults(new Map(manifests.map((path) => [path, read(path)])), map), [])
  })
})

const quiet = { apis: [], socketCalls: [], says: [], hears: [], sends: [], works: [] }
const apps: Apps = {
  gate: { ...quiet, kind: 'gateway', port: 80, needs: ['redis-cache'], calls: ['lake-service'] },
  'lake-service': { ...quiet, kind: 'service', port: 4001, needs: ['mongo'], calls: [] },
  shore: { ...quiet, kind: 'site', needs: [], calls: ['gate'] },
}

const compose = `
services:
  gate:
    build: { context: ., args: { APP: gate } }
    ports: ['127.0.0.1:\${PORT:-80}:80']
    environment: { REDIS_CACHE_URL: 'redis://cache:6379', LAKE_SERVICE_URL: 'http://lake-service:4001' }
    depends_on: { cache: { condition: service_healthy } }
  lake-service:
    build: { context: ., args: { APP: lake-service } }
    expose: [4001]
    environment: ['MONGO_URL=mongodb://mongo:27017/?replicaSet=rs0']
    depends_on: [mongo]
  cache: { image: redis }
  mongo: { image: mongo }
`

describe('a compose file', () => {
  const changed = (from: string, to: string) => composeFaults(compose.replace(from, to), apps)

  test('that does as the map says has no fault', () => assert.deepEqual(composeFaults(compose, apps), []))

  test('is found out when an app is missing, built as another, or has another port', () => {
    assert.deepEqual(changed('  gate:', '  gates:'), [
      'gate is missing',
      'gates is used by no app on the map',
      'cache is used by no app on the map',
    ])
    assert.deepEqual(changed('APP: gate', 'APP: gat'), ['gate is not built with APP: gate'])
    assert.deepEqual(changed('4001]', '4002]'), ['lake-service does not expose its port 4001'])
    assert.deepEqual(changed(":80'", ":81'"), ['gate does not expose its port 80'])
  })

  test('is found out when a variable is missing, too much, or leads elsewhere', () => {
    assert.deepEqual(changed('LAKE_SERVICE_URL', 'LAKE_URL'), ['gate lacks LAKE_SERVICE_URL'])
    assert.deepEqual(changed("lake-service:4001'", "lake-service:4009'"), [
      'gate looks for lake-service at http://lake-service:4009, not at http://lake-service:4001',
    ])
    const more = changed(`['MONGO_URL`, `['REDIS_CACHE_URL=redis://cache', 'MONGO_URL`)
    assert.ok(more.includes('lake-service has REDIS_CACHE_URL, but the map gives it no need of that'))
  })

  test('is found out when a store is missing, not waited for, or used by nobody', () => {
    assert.deepEqual(changed('depends_on: [mongo]', 'depends_on: [cache]'), [
      'lake-service does not wait for mongo',
      'mongo is used by no app on the map',
    ])
    assert.deepEqual(changed('  mongo: {', '  mango: {'), [
      'lake-service uses mongo, which is no service of this file',
      'mango is used by no app on the map',
    ])
  })
})

const lake = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: lake-service }
spec:
  template:
    metadata: { labels: { aetherlearn.dev/needs-mongo: 'true' } }
    spec:
      containers:
        - name: lake-service
          ports: [{ name: http, containerPort: 4001 }]
          env: [{ name: MONGO_URL, value: 'mongodb://mongo-0.mongo:27017/?replicaSet=rs0' }]
---
apiVersion: v1
kind: Service
metadata: { name: lake-service }
spec: { ports: [{ port: 4001, targetPort: http }] }
`
const gate = lake
  .replaceAll('lake-service', 'gate')
  .replaceAll('4001', '80')
  .replace(`needs-mongo: 'true'`, `needs-redis-cache: 'true', aetherlearn.dev/calls-lake-service: 'true'`)
  .replace(
    /env: .*/,
    `env: [{ name: LAKE_SERVICE_URL, value: 'http://lake-service:4001' }]\n          envFrom: [{ configMapRef: { name: stores } }]`,
  )
const stores = `
kind: ConfigMap
metadata: { name: stores }
data: { REDIS_CACHE_URL: 'redis://cache:6379' }
---
kind: StatefulSet
metadata: { name: mongo }
spec: { template: { spec: { containers: [{ name: mongo }] } } }
`
const base = new Map([
  ['k8s/base/lake-service.yaml', lake],
  ['k8s/base/gate.yaml', gate],
  ['k8s/base/stores.yaml', stores],
  ['k8s/base/kustomization.yaml', 'resources: [lake-service.yaml, gate.yaml, stores.yaml]'],
])

describe('manifests', () => {
  const changed = (file: string, from: string, to: string) => {
    const path = `k8s/base/${file}.yaml`
    return kubernetesFaults(new Map([...base, [path, (base.get(path) ?? '').replace(from, to)]]), apps)
  }

  test('that do as the map says have no fault', () => assert.deepEqual(kubernetesFaults(base, apps), []))

  test('are found out when a container or a Service has another port', () => {
    assert.deepEqual(changed('lake-service', 'port: 4001,', 'port: 80,'), [
      'the Service of lake-service does not lead from 4001 to 4001',
    ])
    assert.equal(changed('lake-service', 'containerPort: 4001', 'containerPort: 4002').length, 2)
  })

  test('are found out when a variable is missing or leads elsewhere', () => {
    assert.deepEqual(changed('stores', 'REDIS_CACHE_URL', 'REDIS_URL'), ['gate lacks REDIS_CACHE_URL'])
    assert.equal(changed('gate', 'http://lake-service:4001', 'http://lake:4001').length, 1)
  })

  test('are found out when a label opens the network to what the map does not name, or not to what it does', () => {
    assert.deepEqual(changed('lake-service', 'needs-mongo', 'needs-redis-state'), [
      'pods of lake-service lack the label needs-mongo',
      'pods of lake-service have the label needs-redis-state, against the map',
    ])
  })

  test('are found out when something runs that no app uses, or a file is not listed', () => {
    assert.deepEqual(changed('stores', 'name: mongo }', 'name: kafka }'), [
      'kafka is used by no app on the map',
    ])
    assert.deepEqual(changed('kustomization', ', gate.yaml', ''), ['gate.yaml is not in kustomization.yaml'])
  })
})
