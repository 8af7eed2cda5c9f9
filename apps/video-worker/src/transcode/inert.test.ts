import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Container } from '@aetherlearn/contracts/media'
import { makeClip, programSettings, programs, quickest, temporaryFolder, walled } from '../fixture.ts'
import { openPrograms } from './programs.ts'
import { runProgram, type Programs } from './run.ts'
import { transcode } from './transcode.ts'

/** Without walls, so that nothing else saves us where a test is about something else. */
const open = await openPrograms({ ...programSettings, mode: 'off' }, () => {})
const containers: Container[] = ['mp4', 'matroska']

/** An uploaded file, a video of somebody else, and a server that must hear nothing. */
async function victim(context: TestContext) {
  const folder = await temporaryFolder(context)
  const at = (name: string) => join(folder, name)
  await mkdir(at('output'))
  const secret = at('of-another.ts')
  await makeClip(secret, { seconds: 1, size: '320x240', options: ['-metadata', 'service_name=secret'] })
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(request.url ?? '')
    void readFile(secret).then((bytes) => response.end(bytes))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  context.after(() => server.close())
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  const targets = [`file://${secret}`, secret, `http://127.0.0.1:${address.port}/of-another.ts`]
  return { input: at('source.mp4'), output: at('output'), secret, targets, heard }
}

/** Files that are no videos but say where to find some. */
const playlists: Record<string, (target: string) => string> = {
  HLS: (target) => `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\n${target}\n#EXT-X-ENDLIST\n`,
  ffconcat: (target) => `ffconcat version 1.0\nfile ${target}\nduration 1\n`,
  DASH: (target) =>
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" ' +
    'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period>' +
    '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1000" codecs="avc1.640028" width="320" ' +
    `height="240"><BaseURL>${target}</BaseURL></Representation></AdaptationSet></Period></MPD>\n`,
  SDP: (target) =>
    `v=0\no=- 0 0 IN IP4 127.0.0.1\ns=${target}\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n` +
    `a=rtpmap:96 H264/90000\na=control:${target}\n`,
}

const outputOf = (programs: Programs, input: string, container: Container, folder: string) =>
  transcode({
    ...{ programs, settings: quickest, format: 'fmp4', input, container, folder },
    ...{ signal: new AbortController().signal, onProgress: () => {} },
  })

for (const [name, playlist] of Object.entries(playlists)) {
  test(`${name} under the name of a video opens nothing that it names`, async (context) => {
    const { input, output, targets, heard } = await victim(context)
    for (const target of targets) {
      await writeFile(input, playlist(target))
      for (const container of containers) {
        await assert.rejects(outputOf(open, input, container, output), { code: 'UNREADABLE' }, target)
      }
    }
    assert.deepEqual(await readdir(output), [])
    assert.deepEqual(heard, [])
  })
}

/** What ffprobe finds when the kind of file is left to the file, as an ffmpeg with a hole might leave it. */
async function openedFreely(programs: Programs, input: string) {
  const args = ['-v', 'error', '-protocol_whitelist', 'file,http,tcp', '-allowed_extensions', 'ALL']
  const show = ['-show_entries', 'stream=width', '-of', 'csv=p=0']
  const options = { limitMs: 20_000, reads: [input] }
  return (await runProgram(programs, 'ffprobe', [...args, ...show, input], options)).output.trim()
}

test(
  'an ffmpeg that follows a playlist all the same finds nothing in the sandbox',
  walled,
  async (context) => {
    const { input, targets, heard } = await victim(context)
    for (const target of targets) {
      await writeFile(input, playlists['HLS']?.(target) ?? '')
      assert.match(await openedFreely(open, input), /^320/, 'outside, it finds the video')
      const before = heard.length
      assert.equal(await openedFreely(programs, input), '')
      assert.equal(heard.length, before)
    }
    assert.ok(heard.length > 0, 'outside, it was heard')
  },
)

/** Less than two decoded pictures of the bomb, which took 600 MiB to look at, and takes 140 with `-max_pixels`. */
const small = await openPrograms({ ...programSettings, memoryLimitMib: 256 }, () => {})

test('a picture of 236 million pixels in 700 kB is refused within 256 MiB', async (context) => {
  const { input, output } = await victim(context)
  const one = ['-frames:v', '1', '-x264-params', 'threads=1:rc-lookahead=0']
  await makeClip(input, { seconds: 0.1, size: '15360x15360', audio: false, options: one })
  await assert.rejects(outputOf(small, input, 'mp4', output), { code: 'PICTURE_TOO_LARGE' })

  const bytes = await readFile(input)
  // ISO/IEC 14496-12 §12.1.3: the container's own word on the size, which the pictures do not have to keep.
  const sizeAt = bytes.lastIndexOf('avc1') + 28
  assert.equal(bytes.readUInt16BE(sizeAt), 15360)
  bytes.writeUInt16BE(320, sizeAt)
  bytes.writeUInt16BE(240, sizeAt + 2)
  await writeFile(input, bytes)
  await assert.rejects(outputOf(small, input, 'mp4', output), { code: 'PICTURE_TOO_LARGE' })
})

test('thirty hours of one picture a second are refused within 256 MiB', async (context) => {
  const { input, output } = await victim(context)
  const slowly = ['-vf', 'setpts=N/TB', '-r', '1', '-threads', '1']
  await makeClip(input, { seconds: 10_800, size: '64x36', audio: false, options: slowly })
  await assert.rejects(outputOf(small, input, 'mp4', output), { code: 'TOO_LONG', message: /108000/ })
})
