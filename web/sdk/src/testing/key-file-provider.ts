import type { CoreModule, Guarded } from '../core/core-module.js';
import { unpack } from '../core/guarded.js';
import { BidSealError } from '../error.js';
import type { Encoded } from '../types/bid.js';
import type { DocumentSignature, DocumentToSign } from '../types/documents.js';
import type {
  KeyCertificate,
  KeyEntry,
  KeyOptions,
  KeyProvider,
  RehearsedSlot,
  ReleasedShare,
  SignBidRequest,
  SignOpenersRequest,
  SignResult,
  UnwrapRequest,
  WrapSlot,
} from '../types/keys.js';
import type { DocumentSigner } from '../types/seal.js';

/** The module `bidseal_testing`, which is not part of what pages load. */
export interface TestingCore extends CoreModule {
  KeyFile: new () => KeyFile;
  /** `chain`: certificates above the platform's, PEM or DER; may be empty. */
  buildTenderFile(content: Encoded, signature: Encoded, chain: Encoded): Guarded<Encoded>;
}

interface KeyFile {
  load(pkcs8: Encoded): Guarded<void>;
  sign(message: Encoded): Guarded<Encoded>;
  setBid(
    tender: Encoded,
    index: Encoded,
    openers: Encoded,
    signature: Encoded,
    certificate: Encoded,
  ): Guarded<void>;
  addRelease(file: Encoded): Guarded<void>;
  addRewrap(rewrap: Encoded): Guarded<void>;
  release(envelope: string, version: number, way: number, part: number, slot: number): Guarded<Encoded>;
  rehearse(envelope: string, version: number, way: number, part: number, slot: number): Guarded<boolean>;
  delete(): void;
}

/** A key pair with its certificate, DER. */
export interface FileKey {
  certificate: Encoded;
  /** PKCS #8, unencrypted. */
  privateKey: Encoded;
}

/** For tests and tools: keys from files, with the checks of a real holder. */
export class KeyFileProvider implements KeyProvider, DocumentSigner {
  private readonly core: TestingCore;
  private readonly signing: FileKey;
  private readonly encryption: FileKey;

  constructor(core: TestingCore, keys: { signing: FileKey; encryption: FileKey }) {
    this.core = core;
    this.signing = keys.signing;
    this.encryption = keys.encryption;
  }

  async listKeys(): Promise<KeyEntry[]> {
    return [
      {
        keyId: 'file',
        deviceName: 'key files',
        serial: '',
        pinState: 'unknown',
        signing: this.describe(this.signing),
        encryption: this.describe(this.encryption),
      },
    ];
  }

  async signBid(request: SignBidRequest, options?: KeyOptions): Promise<SignResult> {
    return this.sign(request.index, options);
  }

  async signOpeners(request: SignOpenersRequest, options?: KeyOptions): Promise<SignResult> {
    return this.sign(request.rewrap, options);
  }

  async signDocuments(_: string, documents: DocumentToSign[], options?: KeyOptions): Promise<DocumentSignature[]> {
    const signed: DocumentSignature[] = [];
    for (const { name, content } of documents) {
      const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
      signed.push({ name, ...(await this.sign(bytes, options)) });
    }
    return signed;
  }

  async unwrap(request: UnwrapRequest, options?: KeyOptions): Promise<ReleasedShare[]> {
    const refused = new Map<string, BidSealError>();
    const released = await this.withBid(request, options, (key, slot) => {
      const result = key.release(slot.envelope, slot.version, slot.way, slot.part, slot.slot);
      if (result.error?.code === 'wrap_mismatch' || result.error?.code === 'decrypt_failed') {
        refused.set(slot.envelope, new BidSealError('wrap_mismatch', { subject: slot.envelope }));
        return [];
      }
      return [{ slot, share: unpack(result) }];
    });
    const shares = released.flat();
    for (const { slot } of shares) refused.delete(slot.envelope);
    const [error] = refused.values();
    if (error !== undefined) throw error;
    return shares;
  }

  async rehearse(request: UnwrapRequest, options?: KeyOptions): Promise<RehearsedSlot[]> {
    return this.withBid(request, options, (key, slot) => ({
      slot,
      opensEnvelope: unpack(key.rehearse(slot.envelope, slot.version, slot.way, slot.part, slot.slot)),
    }));
  }

  dispose(): void {
    // Nothing is held between calls.
  }

  private async sign(message: Encoded, options?: KeyOptions): Promise<SignResult> {
    if (options?.signal?.aborted === true) throw new BidSealError('cancelled');
    const signature = this.withKey(this.signing, (key) => unpack(key.sign(message)));
    return { certificate: this.signing.certificate, signature };
  }

  private async withBid<Result>(
    request: UnwrapRequest,
    options: KeyOptions | undefined,
    use: (key: KeyFile, slot: WrapSlot) => Result,
  ): Promise<Result[]> {
    if (options?.signal?.aborted === true) throw new BidSealError('cancelled');
    const { tender, index, openers, signature } = request;
    return this.withKey(this.encryption, (key) => {
      unpack(key.setBid(tender, index, openers, signature, this.encryption.certificate));
      for (const rewrap of request.rewraps) unpack(key.addRewrap(rewrap));
      for (const release of request.releases ?? []) unpack(key.addRelease(release));
      return request.slots.map((slot) => use(key, slot));
    });
  }

  private withKey<Result>(file: FileKey, use: (key: KeyFile) => Result): Result {
    const key = new this.core.KeyFile();
    try {
      unpack(key.load(file.privateKey));
      return use(key);
    } finally {
      key.delete();
    }
  }

  private describe(file: FileKey): KeyCertificate {
    const info = unpack(this.core.readCertificates(file.certificate))[0];
    if (info === undefined) throw new BidSealError('certificate_invalid');
    const { der, keyKind, holder, creditCode, subject, issuer, notBefore, notAfter } = info;
    return { der, keyKind, holder, creditCode, subject, issuer, notBefore, notAfter, status: 'active' };
  }
}
