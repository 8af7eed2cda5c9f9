import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const gateway = { target: 'http://127.0.0.1:8080' }

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2023',
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
