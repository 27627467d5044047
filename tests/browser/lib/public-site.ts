// A page of the public internet, as far as the browser knows: https, under a name of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStaticServer, type StaticServerOptions } from './static-server.ts';

export const publicHost = 'tender.test';

export interface PublicSite {
  origin: string;
  port: number;
  /** PEM of the CA that signed its certificate. */
  authority: string;
  close(): Promise<void>;
}

/** Serves the built SDK and an empty page; `policy` is its content policy. */
export async function startPublicSite(options: Pick<StaticServerOptions, 'policy'> = {}): Promise<PublicSite> {
  const folder = mkdtempSync(join(tmpdir(), 'bidseal-site-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...words: string[]): void => {
    execFileSync('openssl', words, { stdio: 'ignore' });
  };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...curve, '-subj', '/CN=test of a public site', '-days', '2',
    '-keyout', file('ca.key'), '-out', file('ca.pem'));
  openssl('req', '-new', ...curve, '-subj', `/CN=${publicHost}`, '-addext', `subjectAltName=DNS:${publicHost}`,
    '-keyout', file('site.key'), '-out', file('site.csr'));
  openssl('x509', '-req', '-in', file('site.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-days', '2',
    '-copy_extensions', 'copy', '-out', file('site.pem'));
  const server = await startStaticServer({
    mounts: { '/sdk/': join(import.meta.dirname, '../../../web/sdk/dist') },
    pages: { '/': '<!doctype html><meta charset="utf-8"><title>public</title><link rel="icon" href="data:,">' },
    tls: { key: readFileSync(file('site.key')), cert: readFileSync(file('site.pem')) },
    ...options,
  });
  return {
    origin: `https://${publicHost}:${server.port}`,
    port: server.port,
    authority: file('ca.pem'),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
