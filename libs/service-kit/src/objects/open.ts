import { createDiskStore } from './disk.ts'
import { createS3Store } from './s3.ts'
import type { ObjectStore } from './store.ts'

/** The values of `objectSettings`. */
export type ObjectSettings = {
  STORE: 'disk' | 's3'
  OBJECTS_FOLDER: string
  S3_ENDPOINT: string
  S3_PUBLIC_ENDPOINT: string
  S3_REGION: string
  S3_BUCKET: string
  S3_ACCESS_KEY_ID: string
  S3_SECRET_ACCESS_KEY: string
}

/** The object store that the settings name, found to be usable; rejects when it is not. */
export async function openObjectStore(
  settings: ObjectSettings,
): Promise<{ objects: ObjectStore; close: () => void }> {
  if (settings.STORE === 'disk') {
    const objects = createDiskStore({ folder: settings.OBJECTS_FOLDER })
    await objects.check()
    return { objects, close: () => {} }
  }
  const publicEndpoint = settings.S3_PUBLIC_ENDPOINT
  const objects = createS3Store({
    endpoint: settings.S3_ENDPOINT,
    ...(publicEndpoint === '' ? {} : { publicEndpoint }),
    region: settings.S3_REGION,
    bucket: settings.S3_BUCKET,
    accessKeyId: settings.S3_ACCESS_KEY_ID,
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY,
  })
  await objects.check()
  // A backstop only: without it the sweeper does the same.
  await objects.ensureLifecycle()
  return { objects, close: objects.close }
}
