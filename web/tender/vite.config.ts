import vue from '@vitejs/plugin-vue';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

const page = (name: string): string => fileURLToPath(new URL(`./${name}.html`, import.meta.url));

// Static files that work below any path: no server is needed but one that sends the headers of README.md.
export default defineConfig({
  base: './',
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Inlined files would be data: addresses, which the content policy does not allow for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: page('index'), maker: page('maker'), opening: page('opening') } },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as ReturnType<typeof defineConfig>);
