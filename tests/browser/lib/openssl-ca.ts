// SM2 certificates made by OpenSSL: a CA, and the dual certificates of a company. Independent of our
// own code, so that both ends of a test do not share a mistake.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const identity = 'distid:1234567812345678';

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
}

export interface KeyFiles {
  /** DER. */
  certificate: Buffer;
  /** PKCS #8 DER. */
  privateKey: Buffer;
}

export interface Company {
  signing: KeyFiles;
  encryption: KeyFiles;
}

export class OpensslCa {
  readonly certificate: Buffer;
  private readonly folder: string;
  private serial = 100;

  /** Makes the CA's key and certificate in `folder`. */
  constructor(folder: string, name: string) {
    this.folder = folder;
    this.makeKey('ca');
    openssl(
      'req', '-x509', '-new', '-key', this.file('ca.key'), '-sm3', '-sigopt', identity, '-utf8',
      '-subj', `/C=CN/O=${name}/CN=${name}`, '-days', '3650', '-outform', 'DER', '-out', this.file('ca.der'),
      '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
    );
    openssl('x509', '-inform', 'DER', '-in', this.file('ca.der'), '-out', this.file('ca.pem'));
    this.certificate = readFileSync(this.file('ca.der'));
  }

  /** A certificate that signs and one that encrypts, both for `organization`. */
  issueCompany(organization: string, creditCode: string, days = 365): Company {
    return {
      signing: this.issue(organization, creditCode, 'digitalSignature,nonRepudiation', days),
      encryption: this.issue(organization, creditCode, 'keyEncipherment,dataEncipherment', days),
    };
  }

  private issue(organization: string, creditCode: string, usage: string, days: number): KeyFiles {
    this.serial += 1;
    const name = `leaf${this.serial}`;
    this.makeKey(name);
    openssl(
      'req', '-new', '-key', this.file(`${name}.key`), '-sm3', '-sigopt', identity, '-utf8',
      '-subj', `/C=CN/O=${organization}/serialNumber=${creditCode}/CN=${organization}`,
      '-out', this.file(`${name}.csr`),
    );
    writeFileSync(this.file(`${name}.ext`), `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,${usage}\n`);
    openssl(
      'x509', '-req', '-in', this.file(`${name}.csr`), '-vfyopt', identity, '-CA', this.file('ca.pem'),
      '-CAkey', this.file('ca.key'), '-set_serial', String(this.serial), '-days', String(days), '-sm3',
      '-sigopt', identity, '-extfile', this.file(`${name}.ext`), '-outform', 'DER',
      '-out', this.file(`${name}.der`),
    );
    return {
      certificate: readFileSync(this.file(`${name}.der`)),
      privateKey: readFileSync(this.file(`${name}.p8`)),
    };
  }

  private makeKey(name: string): void {
    openssl('ecparam', '-name', 'SM2', '-genkey', '-noout', '-out', this.file(`${name}.key`));
    openssl('pkcs8', '-topk8', '-nocrypt', '-in', this.file(`${name}.key`), '-outform', 'DER', '-out', this.file(`${name}.p8`));
  }

  private file(name: string): string {
    return join(this.folder, name);
  }
}
