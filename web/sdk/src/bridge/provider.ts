import { BidSealError } from '../error.js';
import type * as wire from '../generated/messages.js';
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
} from '../types/keys.js';
import type { BatchOptions, DocumentSignature, DocumentToSign, EnvelopeToOpen, Login } from '../types/documents.js';
import { fromBase64, toBase64 } from './base64.js';
import { contentDigest, SigningBatch } from './batch.js';
import type { BridgeClient } from './client.js';

/** Keys of the UKeys that the bridge sees. */
export class BridgeKeyProvider implements KeyProvider {
  private readonly client: BridgeClient;

  constructor(client: BridgeClient) {
    this.client = client;
  }

  async listKeys(options?: KeyOptions): Promise<KeyEntry[]> {
    const { tokens } = await this.client.request('tokens.list', {}, options);
    const { keys } = await this.client.request('certificates.list', {}, options);
    return keys.map((key) => entryOf(key, tokens));
  }

  async signBid(request: SignBidRequest, options?: KeyOptions): Promise<SignResult> {
    const result = await this.client.request(
      'sign.bid',
      {
        key: request.keyId,
        tender: toBase64(request.tender),
        index: toBase64(request.index),
        openers: toBase64(request.openers),
        ...intermediatesOf(request),
        manifests: request.manifests.map((each) => ({
          envelope: each.envelope,
          salt: toBase64(each.salt),
          manifest: toBase64(each.manifest),
        })),
      },
      options,
    );
    return signResultOf(result);
  }

  async signOpeners(request: SignOpenersRequest, options?: KeyOptions): Promise<SignResult> {
    const result = await this.client.request(
      'sign.openers',
      {
        key: request.keyId,
        tender: toBase64(request.tender),
        index: toBase64(request.index),
        openers: toBase64(request.openers),
        signature: toBase64(request.signature),
        rewrap: toBase64(request.rewrap),
        ...intermediatesOf(request),
      },
      options,
    );
    return signResultOf(result);
  }

  async unwrap(request: UnwrapRequest, options?: KeyOptions): Promise<ReleasedShare[]> {
    const { shares } = await this.client.request('unwrap.envelopes', unwrapParamsOf(request), options);
    if (shares.length !== request.slots.length) throw new BidSealError('message_invalid');
    return shares.map(({ slot, share }) => ({ slot, share: fromBase64(share) }));
  }

  async rehearse(request: UnwrapRequest, options?: KeyOptions): Promise<RehearsedSlot[]> {
    const { slots } = await this.client.request('rehearse.envelopes', unwrapParamsOf(request), options);
    if (slots.length !== request.slots.length) throw new BidSealError('message_invalid');
    return slots.map(({ slot, opens_envelope }) => ({ slot, opensEnvelope: opens_envelope }));
  }

  /**
   * Signs whole documents, up to 1,000, with one consent and one PIN. When the bridge or the page goes away in
   * the middle the batch is taken up where it stood, after asking the user again; nothing is signed twice.
   */
  signDocuments(keyId: string, documents: DocumentToSign[], options: BatchOptions = {}): Promise<DocumentSignature[]> {
    return new SigningBatch(this.client, keyId, documents, options).run();
  }

  /**
   * Logs the user in: `challenge` (16 to 64 bytes) comes from the page's server, which checks signature,
   * origin, challenge and time. What is signed can be nothing but a login at this page.
   */
  async login(keyId: string, challenge: Uint8Array<ArrayBuffer>, options?: KeyOptions): Promise<Login> {
    const result = await this.client.request('login', { key: keyId, challenge: toBase64(challenge) }, options);
    return {
      certificate: fromBase64(result.certificate),
      message: fromBase64(result.message),
      signature: fromBase64(result.signature),
    };
  }

  /**
   * Signs SM3 digests e = SM3(Z || message), 32 bytes each, for pages that the bridge's policy names
   * (`policy_refused` otherwise): the user cannot see what they stand for.
   */
  async signDigests(
    keyId: string,
    digests: { name: string; digest: Uint8Array<ArrayBuffer> }[],
    options?: KeyOptions,
  ): Promise<DocumentSignature[]> {
    const items = digests.map(({ name, digest }) => ({ name, digest: toBase64(digest) }));
    const { grant } = await this.client.request(
      'grant.open',
      { key: keyId, purpose: 'sign', input: 'sm3_e_with_z', items },
      options,
    );
    const result = await this.client.request('sign.digests', { grant, items: items.map((_, i) => i) }, options);
    await this.client.request('grant.close', { grant });
    const certificate = fromBase64(result.certificate);
    return result.signatures.map(({ item, signature }) => ({
      name: digests[item]?.name ?? '',
      certificate,
      signature: fromBase64(signature),
    }));
  }

  /** Opens envelopes, for pages that the bridge's policy names; in the order of the request. */
  async decryptEnvelopes(
    keyId: string,
    envelopes: EnvelopeToOpen[],
    options?: KeyOptions,
  ): Promise<Uint8Array<ArrayBuffer>[]> {
    const items = await Promise.all(
      envelopes.map(async ({ name, envelope }) => ({ name, digest: await contentDigest(envelope) })),
    );
    const { grant } = await this.client.request(
      'grant.open',
      { key: keyId, purpose: 'decrypt', input: 'message', items },
      options,
    );
    const contents: Uint8Array<ArrayBuffer>[] = [];
    for (const [item, { envelope }] of envelopes.entries()) {
      const asked = { grant, items: [{ item, envelope: toBase64(envelope) }] };
      const result = await this.client.request('decrypt.envelopes', asked, options);
      contents.push(...result.contents.map(({ content }) => fromBase64(content)));
    }
    await this.client.request('grant.close', { grant });
    return contents;
  }

  /** Encrypts to certificates (DER), as an EnvelopedData; needs no PIN. */
  async encrypt(
    recipients: Uint8Array<ArrayBuffer>[],
    content: Uint8Array<ArrayBuffer>,
    options?: KeyOptions,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const params = { recipients: recipients.map(toBase64), content: toBase64(content) };
    return fromBase64((await this.client.request('encrypt', params, options)).envelope);
  }

  /** Random bytes of a token's generator, at most 1,024. */
  async random(token: string, size: number, options?: KeyOptions): Promise<Uint8Array<ArrayBuffer>> {
    return fromBase64((await this.client.request('random', { token, size }, options)).bytes);
  }

  dispose(): void {
    this.client.dispose();
  }
}

function signResultOf(result: wire.SignResult): SignResult {
  return { certificate: fromBase64(result.certificate), signature: fromBase64(result.signature) };
}

function intermediatesOf(request: { intermediates?: Uint8Array<ArrayBuffer>[] }): { intermediates?: wire.Base64[] } {
  return request.intermediates === undefined ? {} : { intermediates: request.intermediates.map(toBase64) };
}

function unwrapParamsOf(request: UnwrapRequest): wire.UnwrapParams {
  return {
    key: request.keyId,
    tender: toBase64(request.tender),
    index: toBase64(request.index),
    openers: toBase64(request.openers),
    signature: toBase64(request.signature),
    rewraps: request.rewraps.map(toBase64),
    ...(request.releases === undefined || request.releases.length === 0
      ? {}
      : { releases: request.releases.map(toBase64) }),
    slots: request.slots,
  };
}

function entryOf(key: wire.KeyInfo, tokens: wire.TokenInfo[]): KeyEntry {
  const token = tokens.find((each) => each.token === key.token);
  return {
    keyId: key.key,
    deviceName: token?.label ?? key.label,
    serial: token?.serial ?? '',
    pinState: token?.pin_state ?? 'unknown',
    ...(token?.retries_left === undefined ? {} : { retriesLeft: token.retries_left }),
    ...(key.signing === undefined ? {} : { signing: certificateOf(key.signing) }),
    ...(key.encryption === undefined ? {} : { encryption: certificateOf(key.encryption) }),
  };
}

function certificateOf(certificate: wire.CertificateInfo): KeyCertificate {
  return {
    der: fromBase64(certificate.der),
    keyKind: certificate.algorithm,
    holder: certificate.holder,
    creditCode: certificate.credit_code,
    subject: certificate.subject,
    issuer: certificate.issuer,
    notBefore: certificate.not_before,
    notAfter: certificate.not_after,
    status: certificate.status,
    daysLeft: certificate.days_left,
    chain: certificate.chain.map(fromBase64),
  };
}
