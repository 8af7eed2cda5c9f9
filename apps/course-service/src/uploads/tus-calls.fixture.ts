import { mkdtemp, readdir, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TUS, tusApi } from '@aetherlearn/contracts/tus'
import { addressOf } from '@aetherlearn/sdk/client'

type Headers = Record<string, string>
type Bytes = Uint8Array<ArrayBuffer>

const base64 = (text: string) => Buffer.from(text).toString('base64')
export const metadataOf = (pairs: Headers) =>
  Object.entries(pairs)
    .map(([key, value]) => `${key} ${base64(value)}`)
    .join(',')

/** For tests: each verb of tus as plain HTTP, so that they can say what no client would. */
export function tusCalls(origin: string, token: string) {
  const spoken = { 'tus-resumable': TUS.version, authorization: `Bearer ${token}` }
  const pathOf = (uploadId: string) => addressOf(tusApi.findTusOffset, { params: { uploadId } })

  async function call(method: string, path: string, headers: Headers = {}, body?: Bytes) {
    const sent = { ...spoken, ...headers }
    const answer = await fetch(origin + path, { method, headers: sent, ...(body ? { body } : {}) })
    const text = await answer.text()
    const problem: unknown = text === '' ? {} : JSON.parse(text)
    const code = typeof problem === 'object' && problem !== null && 'code' in problem ? problem.code : ''
    const offset = answer.headers.get('upload-offset')
    return { status: answer.status, code, headers: answer.headers, offset: offset && Number(offset), text }
  }

  async function begin(lectureId: string, size: number, more: Headers = {}, body?: Bytes) {
    const metadata = { 'upload-metadata': metadataOf({ lectureId }) }
    const headers = { 'upload-length': String(size), ...metadata, ...more }
    const answer = await call('POST', tusApi.createTusUpload.url, headers, body)
    return { ...answer, uploadId: answer.headers.get('location')?.split('/').at(-1) ?? '' }
  }

  const patchHeaders = (offset: number) => ({
    'content-type': TUS.contentType,
    'upload-offset': String(offset),
  })

  return {
    call,
    begin,
    pathOf,
    head: (uploadId: string) => call('HEAD', pathOf(uploadId)),
    terminate: (uploadId: string) => call('DELETE', pathOf(uploadId)),
    patch: (uploadId: string, offset: number, bytes: Bytes, more: Headers = {}) =>
      call('PATCH', pathOf(uploadId), { ...patchHeaders(offset), ...more }, bytes),
    /** A PATCH whose bytes the test sends one by one. */
    openPatch: (uploadId: string, offset: number, more: Headers = {}) =>
      request(origin + pathOf(uploadId), {
        method: 'PATCH',
        headers: { ...spoken, ...patchHeaders(offset), ...more },
      }),
  }
}

/** Waits for a condition; fails after ten seconds. */
export async function until(check: () => Promise<boolean>) {
  const deadline = performance.now() + 10_000
  while (!(await check())) {
    if (performance.now() > deadline) throw new Error('The condition did not come true in ten seconds')
    await pause(10)
  }
}

/** Of the files in it; the folder and they may go at any moment. */
async function sizeIn(folder: string) {
  const names = await readdir(folder).catch(() => [])
  const sizeOf = (name: string) => stat(join(folder, name)).then(({ size }) => size, nothing)
  return (await Promise.all(names.map(sizeOf))).reduce((sum, size) => sum + size, 0)
}
const nothing = () => 0

/** A folder for temporary files that only this process uses; tells how many bytes are spooled there at the moment. */
export async function ownTemporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-tus-test-'))
  const spooled = async () => {
    const names = await readdir(folder)
    const ours = names.filter((name) => name.startsWith('aetherlearn-tus-'))
    const sizes = await Promise.all(ours.map((name) => sizeIn(join(folder, name))))
    return sizes.reduce((sum, size) => sum + size, 0)
  }
  return { folder, spooled }
}
