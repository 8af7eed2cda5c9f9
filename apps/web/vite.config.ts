import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { build, defineConfig, type Plugin } from 'vite'

const gateway = { target: 'http://127.0.0.1:8080' }
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
/** Every browser that we know of has this much. */
const target = 'es2023'

/** The page that packages are framed by: a site of its own, which is served at another origin and shares no file. */
function packagePlayer(): Plugin {
  let outDir = ''
  return {
    name: 'package-player',
    apply: 'build',
    configResolved: (config) => {
      outDir = resolve(config.root, config.build.outDir, 'package-player')
    },
    closeBundle: async () => {
      await build({
        configFile: false,
        root: here('src/package-player'),
        base: '/package-player/',
        logLevel: 'warn',
        build: {
          target,
          outDir,
          emptyOutDir: true,
          assetsInlineLimit: 0,
          modulePreload: { polyfill: false },
          chunkSizeWarningLimit: 600,
        },
      })
    },
  }
}

export default defineConfig({
  plugins: [react(), tailwindcss(), packagePlayer()],
  build: {
    target,
    // The gateway's content security policy has no room for `data:` fonts.
    assetsInlineLimit: 0,
    // Every browser that plays our streams knows modulepreload.
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/api': gateway,
      '/.well-known': gateway,
      '/docs': gateway,
      '/socket.io': { ...gateway, ws: true },
    },
  },
})
