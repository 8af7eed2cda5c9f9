import { randomBytes } from 'node:crypto'
import { videoJob } from '@aetherlearn/contracts/media'
import type { Payload } from '@aetherlearn/contracts/shape'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'

/** A job as the worker knows it: each video has an id, that of its upload or else that of its lecture. */
export type VideoJob = Payload<typeof videoJob> & { uploadId: string }

const enveloped = Compile(Type.Object({ payload: videoJob.payload, traceId: Type.String() }))
const bare = Compile(videoJob.payload)

/**
 * What stands in a job of the queue: what an outbox of ours sent, or the bare payload of source document 003 §5, which any
 * producer may add. Undefined for anything else.
 */
export function readVideoJob(found: unknown): { video: VideoJob; traceId: string } | undefined {
  if (enveloped.Check(found)) return { video: named(found.payload), traceId: found.traceId }
  if (bare.Check(found)) return { video: named(found), traceId: randomBytes(16).toString('hex') }
  return undefined
}

const named = (payload: Payload<typeof videoJob>): VideoJob => ({
  ...payload,
  uploadId: payload.uploadId ?? payload.lectureId,
})
