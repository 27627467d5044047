// Serves the built pages on 127.0.0.1 for tools/run. Usage: serve.mjs PORT FOLDER [ROOTS]
// ROOTS: a folder with root.pem, the root that the pages trust from the start.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStaticServer } from '../../tests/browser/lib/static-server.ts';

const [port, folder, roots] = process.argv.slice(2);

process.on('uncaughtException', (error) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `port ${port} is taken; choose another: PORT=8470 tools/run`
      : `the pages cannot be served: ${error.message}`,
  );
  process.exit(1);
});
await startStaticServer({
  mounts: { '/': folder },
  port: Number(port),
  pages:
    roots === undefined
      ? {}
      : {
          '/site.json': JSON.stringify({ roots: ['site-root.pem'] }),
          '/site-root.pem': readFileSync(join(roots, 'root.pem'), 'utf8'),
        },
});
