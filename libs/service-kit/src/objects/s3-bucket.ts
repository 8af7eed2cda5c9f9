import {
  CreateBucketCommand,
  GetBucketLifecycleConfigurationCommand,
  HeadBucketCommand,
  PutBucketLifecycleConfigurationCommand,
  type LifecycleRule,
  type S3Client,
} from '@aws-sdk/client-s3'

const CHECK_TIMEOUT_MS = 2000
/** Longer than an upload may stay open (`UPLOAD_DAYS` is 30 at most): ours are ended by the sweeper long before. */
const ABANDONED_DAYS = 32
const RULE_ID = 'aetherlearn-abandoned-uploads'

const isNamed = (error: unknown, ...names: string[]) => error instanceof Error && names.includes(error.name)

/** Rejects when the bucket can't be used; one that is missing is made. */
export async function assertBucket(client: S3Client, Bucket: string) {
  const abortSignal = AbortSignal.timeout(CHECK_TIMEOUT_MS)
  const missing = await client.send(new HeadBucketCommand({ Bucket }), { abortSignal }).then(
    () => false,
    (error: unknown) => {
      if (isNamed(error, 'NotFound', 'NoSuchBucket')) return true
      throw error
    },
  )
  if (!missing) return
  await client.send(new CreateBucketCommand({ Bucket })).catch((error: unknown) => {
    // Another process was first.
    if (!isNamed(error, 'BucketAlreadyOwnedByYou', 'BucketAlreadyExists')) throw error
  })
}

/**
 * Has the server itself end uploads in parts that everybody forgot, beside the rules that are there. Answers whether
 * it does: some servers know no such rule, and some keys may not set it.
 */
export async function ensureLifecycle(client: S3Client, Bucket: string): Promise<boolean> {
  try {
    const rules = await lifecycleRules(client, Bucket)
    if (rules.some(({ ID }) => ID === RULE_ID)) return true
    const rule: LifecycleRule = {
      ID: RULE_ID,
      Status: 'Enabled',
      Filter: { Prefix: '' },
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABANDONED_DAYS },
    }
    // The whole list is replaced: leaving out the rules of others would remove them.
    const LifecycleConfiguration = { Rules: [...rules, rule] }
    await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration }))
    return true
  } catch {
    return false
  }
}

async function lifecycleRules(client: S3Client, Bucket: string): Promise<LifecycleRule[]> {
  try {
    const { Rules = [] } = await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
    return Rules
  } catch (error) {
    if (isNamed(error, 'NoSuchLifecycleConfiguration')) return []
    throw error
  }
}
