// Serves the built pages on 127.0.0.1 for tools/run. Usage: serve.mjs PORT FOLDER
import { startStaticServer } from '../../tests/browser/lib/static-server.ts';

const [port, folder] = process.argv.slice(2);

process.on('uncaughtException', (error) => {
  console.error(
    error.code === 'EADDRINUSE'
      ? `port ${port} is taken; choose another: PORT=8470 tools/run`
      : `the pages cannot be served: ${error.message}`,
  );
  process.exit(1);
});
await startStaticServer({ mounts: { '/': folder }, port: Number(port) });
