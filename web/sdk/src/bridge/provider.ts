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
import { fromBase64, toBase64 } from './base64.js';
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

  dispose(): void {
    this.client.dispose();
  }
}

function signResultOf(result: wire.SignResult): SignResult {
  return { certificate: fromBase64(result.certificate), signature: fromBase64(result.signature) };
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
  };
}
