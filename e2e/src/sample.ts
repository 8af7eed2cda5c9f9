import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { sampleVideoArgs } from '@aetherlearn/local-stack/sample-video'
import { findFfmpeg } from '@aetherlearn/local-stack/stores'

/** A video file of moving picture, burned-in clock and tone, 1280x720. */
export async function makeSample(file: string, seconds: number): Promise<string> {
  await promisify(execFile)(await findFfmpeg(console.log), sampleVideoArgs({ seconds, file }))
  return file
}
