import { createErasure } from '@aetherlearn/service-kit/erasure'
import type { Outbox } from '@aetherlearn/service-kit/outbox'
import { transaction, type MongoConnection } from '@aetherlearn/service-kit/mongo'
import { createAssetStore } from './assets/store.ts'
import { createCaptionStore } from './captions/store.ts'
import { createCatalogueStore } from './catalogue/store.ts'
import { courseModels, createCourseStore } from './courses/store.ts'
import { createEditingStore } from './editing/store.ts'
import { createJoining } from './enrolment/joining-store.ts'
import { createEnrolmentStore } from './enrolment/store.ts'
import { createStudentStore } from './enrolment/students-store.ts'
import { createPackageStore } from './packages/store.ts'
import { createDirectory, createPeopleStore } from './people/store.ts'
import { createSnapshotStore, snapshotModel } from './publishing/store.ts'
import { createWaitingStore } from './reconcile/store.ts'
import { createRemovalStore } from './removal/store.ts'
import { createImportStore } from './transfer/import-store.ts'
import { createTransferStore } from './transfer/store.ts'
import { createPictureStore } from './thumbnails/store.ts'
import { createUploadStore } from './uploads/store.ts'
import { createTusStore } from './uploads/tus-store.ts'
import { createUsageStore } from './uploads/usage-store.ts'

export type Stores = ReturnType<typeof openStores>

/** All stores over one database. */
export function openStores(connection: MongoConnection, outbox: Outbox) {
  const models = courseModels(connection)
  const courses = createCourseStore(models)
  const usage = createUsageStore(connection)
  const snapshotRows = snapshotModel(connection)
  const assets = createAssetStore({ connection, models, snapshotModel: snapshotRows, usage, outbox })
  const deps = { connection, models, courses, outbox, usage, assets }
  /** What a person made stays with its course; what is known of them goes. */
  const sweep = async (userId: string) => {
    await enrolments.forget(userId)
    await people.leaveAll(userId)
    await directory.forget(userId)
    await transaction(connection, (session) => outbox.dropOf(userId, session))
  }
  const held = async (userId: string) => ({
    enrolments: await enrolments.countOf(userId),
    courses: await people.countOf(userId),
    people: await directory.countOf(userId),
    outbox: await outbox.countOf(userId),
  })
  const erasure = createErasure({ connection, service: 'course-service', outbox, sweep, held })
  const snapshots = createSnapshotStore(snapshotRows, models)
  const catalogue = createCatalogueStore({ ...deps, snapshots })
  const directory = createDirectory(connection, erasure)
  const people = createPeopleStore({ ...deps, directory })
  const enrolments = createEnrolmentStore(deps)
  return {
    models,
    courses,
    captions: createCaptionStore(deps),
    editing: createEditingStore(deps),
    snapshots,
    catalogue,
    publishing: { ...deps, snapshots, catalogue },
    directory,
    people,
    enrolments,
    erasure,
    joining: createJoining({ ...deps, erasure }),
    pictures: createPictureStore({ ...deps, snapshotModel: snapshotRows }),
    students: createStudentStore({ ...deps, directory }),
    uploads: createUploadStore(deps),
    usage,
    assets,
    waiting: createWaitingStore(deps),
    removals: createRemovalStore({ ...deps, snapshotModel: snapshotRows, catalogue }),
    transfers: createTransferStore(deps),
    imports: createImportStore(deps),
    packages: createPackageStore(deps),
    tus: createTusStore(connection),
  }
}
