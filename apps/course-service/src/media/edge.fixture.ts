import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** Debian keeps it where only root looks. */
const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
/** It is no dependency of ours: where it is not there, the tests of the edge say so and are left out. */
export const hasNginx = program !== undefined

const guide = join(import.meta.dirname, '../../../../docs/cdn.md')
/** The configuration that the guide tells people to use. */
export const documented = async () => /```nginx\n([\s\S]*?)```/.exec(await readFile(guide, 'utf8'))?.[1] ?? ''

/** A port of ours, before a socket in the file system: nginx would need to be told one that is free when it starts. */
async function portBefore(path: string) {
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    clients.add(client)
    client.on('close', () => clients.delete(client))
    const there = connect(path)
    pipeline(client, there, client).catch(() => {
      client.destroy()
      there.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const close = () => {
    server.close()
    for (const client of clients) client.destroy()
  }
  return { port: typeof address === 'object' && address !== null ? address.port : 0, close }
}

/** For tests: nginx as the guide configures it, before this origin; it goes by an answer about a link for a second. */
export async function startEdge(origin: string) {
  const folder = await mkdtemp(join(tmpdir(), 'aetherlearn-edge-test-'))
  const path = join(folder, 'socket')
  const { port, close } = await portBefore(path)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const http = (await documented())
    .replaceAll('/var/cache/nginx', folder)
    .replace('server gateway:8080', `server ${new URL(origin).host}`)
    .replace('listen 80', `listen unix:${path}`)
    .replace('204 30s', '204 1s')
  await writeFile(
    join(folder, 'nginx.conf'),
    [
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      'daemon off; worker_processes 1;',
      `pid ${folder}/pid; error_log ${folder}/errors;`,
      'events { worker_connections 256; }',
      `http { access_log off; ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}`,
      `${http}}`,
    ].join('\n'),
  )
  await mkdir(join(folder, 'media'))
  const child = spawn(program ?? 'nginx', ['-p', folder, '-e', 'errors', '-c', join(folder, 'nginx.conf')], {
    stdio: 'ignore',
  })
  const gone = once(child, 'exit')
  const url = `http://127.0.0.1:${port}`
  const isUp = () =>
    fetch(url).then(
      () => true,
      () => false,
    )
  while (!(await isUp())) {
    if (child.exitCode !== null) throw new Error(await readFile(join(folder, 'errors'), 'utf8'))
  }
  const stop = async () => {
    close()
    child.kill('SIGTERM')
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  return { url, stop }
}
