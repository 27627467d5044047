import vue from '@vitejs/plugin-vue';
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const page = (name: string): string => fileURLToPath(new URL(`./${name}.html`, import.meta.url));

/** What pdf.js fetches when a document needs it: fonts that are not embedded, character maps, image decoders. */
function pdfResources(): Plugin {
  let out = '';
  return {
    name: 'pdf-resources',
    apply: 'build',
    configResolved(config) {
      out = join(config.root, config.build.outDir, 'pdfjs');
    },
    closeBundle() {
      const from = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
      for (const folder of ['cmaps', 'iccs', 'standard_fonts', 'wasm']) {
        // QuickJS runs scripts of documents, which these pages never do.
        cpSync(join(from, folder), join(out, folder), { recursive: true, filter: (name) => !/quickjs/i.test(name) });
      }
    },
  };
}

// Static files that work below any path: no server is needed but one that sends the headers of README.md.
export default defineConfig({
  base: './',
  plugins: [vue(), pdfResources()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __INTLIFY_PROD_DEVTOOLS__: 'false' },
  worker: { format: 'es' },
  build: {
    target: 'es2022',
    // Inlined files would be data: addresses, which the content policy does not allow for scripts and fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        index: page('index'),
        maker: page('maker'),
        opening: page('opening'),
        stamp: page('stamp'),
        verify: page('verify'),
        doctor: page('doctor'),
      },
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
} as ReturnType<typeof defineConfig>);
