// Certificates, keys, an electronic seal and sealed documents for the tests of seals: made by the test CA and the
// command line, so that page and command line judge each other.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PagesWorld } from '../pages/world.ts';

export const vectors = join(import.meta.dirname, '../../vectors');
export const picture = join(vectors, 'seal/small.png');
export const documents = { three: join(vectors, 'pdf/chromium.pdf'), scan: join(vectors, 'pdf/scan.pdf') };

export class SealWorld {
  readonly pages: PagesWorld;
  /** A seal that the UKey `donghai` and the key files `company` may use. */
  readonly esl: string;

  constructor(pages: PagesWorld) {
    this.pages = pages;
    pages.testCa('platform', this.ca(), '--name', '东海建设有限公司', '--code', '91310000MA1FL0XX0A', '--out', this.at('company'));
    pages.testCa('platform', this.ca(), '--name', '西岭建设有限公司', '--code', '91310000MA1FL0XX0Z', '--out', this.at('other'));
    pages.testCa('init', this.at('rsa-ca'), '--alg', 'rsa');
    pages.testCa('platform', this.at('rsa-ca'), '--name', 'Example Engineering', '--code', '91310000MA1FL0XX0A', '--out', this.at('rsa'), '--alg', 'rsa');
    this.esl = this.makeSeal('company.esl', '东海建设有限公司公章', ['company/sign.crt', 'sign.crt']);
  }

  ca(): string {
    return join(this.pages.keys, 'ca');
  }

  at(name: string): string {
    return join(this.pages.folder, name);
  }

  /** A seal for the holders of these certificates. */
  makeSeal(name: string, title: string, users: string[], until = '2035-12-31T00:00:00Z', ...more: string[]): string {
    const out = this.at(name);
    this.pages.cli(
      'seal', 'make', '--name', title, '--id', '91310000MA1FL0XX0A-1', '--picture', picture, '--width', '42', '--height', '42',
      '--not-after', until, ...users.flatMap((user) => ['--user', user === 'sign.crt' ? join(this.pages.keys, user) : this.at(user)]),
      '--sign-cert', join(this.pages.keys, 'platform/sign.crt'), '--sign-key', join(this.pages.keys, 'platform/sign.key'),
      '--out', out, ...more,
    );
    return out;
  }

  keyFiles(name: string): string[] {
    return ['--sign-cert', join(this.at(name), 'sign.crt'), '--sign-key', join(this.at(name), 'sign.key')];
  }

  /** Seals by the command line and gives the path. */
  stamp(document: string, name: string, key: string[], ...more: string[]): string {
    const out = this.at(name);
    this.pages.cli('seal', 'stamp', document, ...key, ...more, '--out', out, '--force');
    return out;
  }

  /** What the command line says of a file. */
  judge(file: string): { valid: boolean; seals: { valid: boolean; container: string; covers_all: boolean; findings: { part: string; code: string }[] }[] } {
    const lists = ['ca', 'rsa'].flatMap((name) => {
      const folder = name === 'ca' ? this.ca() : this.at('rsa-ca');
      return ['--trust', join(folder, 'root.crt'), '--intermediate', join(folder, 'issuing.crt'), '--crl', join(folder, 'issuing.crl'), '--crl', join(folder, 'root.crl')];
    });
    return JSON.parse(this.pages.cli('seal', 'verify', file, ...lists, '--json'));
  }

  /** Whom the page is to trust, base64. */
  trust(): { roots: string[]; intermediates: string[]; crls: string[] } {
    const folders = [this.ca(), this.at('rsa-ca')];
    const read = (name: string): string[] => folders.map((folder) => readFileSync(join(folder, name)).toString('base64'));
    return { roots: read('root.crt'), intermediates: read('issuing.crt'), crls: [...read('issuing.crl'), ...read('root.crl')] };
  }

  /** A key file for the page: DER, base64. */
  key(name: string): { certificate: string; privateKey: string } {
    const certificate = execFileSync('openssl', ['x509', '-in', join(this.at(name), 'sign.crt'), '-outform', 'DER']);
    const privateKey = execFileSync('openssl', ['pkcs8', '-topk8', '-nocrypt', '-in', join(this.at(name), 'sign.key'), '-outform', 'DER']);
    return { certificate: certificate.toString('base64'), privateKey: privateKey.toString('base64') };
  }
}
