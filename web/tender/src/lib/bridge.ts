import {
  type BidSealError,
  BridgeClient,
  BridgeKeyProvider,
  type BridgeState,
  type BridgeStatus,
  type CertificateInfo,
  type KeyCertificate,
  type KeyEntry,
  type TenderInfo,
} from '@bidseal/sdk';
import { onScopeDispose, readonly, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { readCertificates } from './certificates';
import { asError } from './sdk';
import { site } from './site';

/** A key pair of a UKey with what its certificates say. */
export interface UsableKey {
  entry: KeyEntry;
  signing?: CertificateInfo;
  encryption?: CertificateInfo;
}

/** Why a key of the UKey cannot be chosen. */
export type HiddenReason =
  | 'no_signing'
  | 'no_encryption'
  | 'expired'
  | 'not_yet_valid'
  | 'wrong_usage'
  | 'issuer_not_accepted'
  | 'different_holders'
  | 'not_an_opener';

let client: Promise<BridgeClient> | undefined;
let provider: Promise<BridgeKeyProvider> | undefined;

/** The page's connection to the bridge; made at the first use, nothing is sent before. */
export function bridgeClient(): Promise<BridgeClient> {
  client ??= site().then(
    ({ bridgePorts, bridgeListsThisSite }) =>
      new BridgeClient({
        ...(bridgePorts.length > 0 ? { ports: bridgePorts } : {}),
        acceptPreloaded: bridgeListsThisSite,
      }),
  );
  return client;
}

export function bridgeKeys(): Promise<BridgeKeyProvider> {
  provider ??= bridgeClient().then((each) => new BridgeKeyProvider(each));
  return provider;
}

export interface Pairing {
  /** Six digits to compare with the bridge's window, while a pairing waits for the user's answer there. */
  code: Readonly<Ref<string | undefined>>;
  /** On the user's click; `anew` forgets the bridge of before, which had another key. */
  pair(anew: boolean): Promise<void>;
  /** Why the last pairing failed. */
  failed: Readonly<ShallowRef<BidSealError | undefined>>;
}

/** Pairs page and bridge. */
export function usePairing(): Pairing {
  const code = ref<string>();
  const failed = shallowRef<BidSealError>();

  async function pair(anew: boolean): Promise<void> {
    const each = await bridgeClient();
    failed.value = undefined;
    try {
      if (anew) await each.forget();
      await each.pair((digits) => {
        code.value = `${digits.slice(0, 3)} ${digits.slice(3)}`;
      });
    } catch (error) {
      failed.value = asError(error);
    } finally {
      code.value = undefined;
    }
  }
  return { code: readonly(code), pair, failed };
}

export interface Bridge {
  /** `checking` until the first answer. */
  state: Readonly<Ref<BridgeState | 'checking'>>;
  status: Readonly<ShallowRef<BridgeStatus | undefined>>;
  keys: Readonly<ShallowRef<UsableKey[]>>;
  /** On the user's click: the browser may ask for permission. */
  connect(): Promise<void>;
}

/** The bridge's state and keys, followed while the component lives. */
export function useBridge(): Bridge {
  const state = ref<BridgeState | 'checking'>('checking');
  const status = shallowRef<BridgeStatus>();
  const keys = shallowRef<UsableKey[]>([]);
  let gone = false;

  async function take(next: BridgeStatus): Promise<void> {
    const hasToken = next.state === 'ready' || next.state === 'pin_low' || next.state === 'pin_blocked';
    const found = hasToken ? await listKeys() : [];
    if (gone) return;
    status.value = next;
    keys.value = found;
    state.value = next.state;
  }

  async function connect(): Promise<void> {
    state.value = 'checking';
    await take(await (await bridgeClient()).connect());
  }

  let off = (): void => undefined;
  onScopeDispose(() => {
    gone = true;
    off();
  });
  void bridgeClient().then(async (each) => {
    if (gone) return;
    off = each.onStatus((next) => void take(next));
    await take(await each.status());
  });
  return { state: readonly(state), status, keys, connect };
}

/** The keys of all UKeys with what their certificates say. */
export async function listKeys(): Promise<UsableKey[]> {
  const read = async (certificate: KeyCertificate | undefined): Promise<CertificateInfo | undefined> =>
    certificate === undefined ? undefined : (await readCertificates(certificate.der))[0];
  try {
    const entries = await (await bridgeKeys()).listKeys();
    return await Promise.all(
      entries.map(async (entry) => {
        const signing = await read(entry.signing);
        const encryption = await read(entry.encryption);
        return { entry, ...(signing && { signing }), ...(encryption && { encryption }) };
      }),
    );
  } catch (error) {
    // Pulled out between two questions: the bridge tells so with its next event.
    if (asError(error).code === 'internal') throw error;
    return [];
  }
}

/** Why a key cannot seal a bid for this tender; undefined when it can. */
export function cannotSeal(key: UsableKey, tender: TenderInfo): HiddenReason | undefined {
  if (key.signing === undefined) return 'no_signing';
  if (key.encryption === undefined) return 'no_encryption';
  if (!key.signing.canSign || !key.encryption.canEncrypt) return 'wrong_usage';
  const states = [key.entry.signing?.status, key.entry.encryption?.status];
  if (states.includes('expired')) return 'expired';
  if (states.includes('not_yet_valid')) return 'not_yet_valid';
  if (key.signing.creditCode !== key.encryption.creditCode) return 'different_holders';
  const accepted = new Set([...tender.roots, ...tender.intermediates].map((issuer) => issuer.subject));
  if (!accepted.has(key.signing.issuer)) return 'issuer_not_accepted';
  return undefined;
}

/** Why a key cannot seal documents; undefined when it can. */
export function cannotStamp(key: UsableKey): HiddenReason | undefined {
  if (key.signing === undefined) return 'no_signing';
  if (!key.signing.canSign) return 'wrong_usage';
  const status = key.entry.signing?.status;
  return status === 'expired' || status === 'not_yet_valid' ? status : undefined;
}

/** Why a key cannot open a bid that has these openers; an expired certificate can still open. */
export function cannotOpen(key: UsableKey, openers: ReadonlySet<string> | undefined): HiddenReason | undefined {
  if (key.encryption === undefined) return 'no_encryption';
  if (openers !== undefined && !openers.has(key.encryption.sm3)) return 'not_an_opener';
  return undefined;
}
