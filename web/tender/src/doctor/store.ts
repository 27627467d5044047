// Runs the check and follows what is plugged in and pulled out.
import { type BridgeClient, type BridgeStatus, type KeyStage, sdkVersion } from '@bidseal/sdk';
import { onScopeDispose, readonly, ref, shallowRef, type Ref, type ShallowRef } from 'vue';
import { bridgeClient, bridgeKeys, listKeys } from '../lib/bridge';
import { asError } from '../lib/sdk';
import { browserOf } from './browser';
import type { Facts, KeyFacts, TokenFacts } from './facts';

export interface Doctor {
  facts: Readonly<ShallowRef<Facts>>;
  /** While the check runs. */
  busy: Readonly<Ref<boolean>>;
  /** What the test signature waits for. */
  stage: Readonly<Ref<KeyStage | undefined>>;
  /** Looks again. On the user's click: the browser may ask for its permission. */
  connect(): Promise<void>;
  /** On the user's click: asks for consent and PIN in the bridge's window. */
  sign(key: KeyFacts): Promise<void>;
  /** Gives the test signature up. */
  cancel(): void;
}

function firstFacts(): Facts {
  return {
    origin: location.origin,
    secure: isSecureContext && (crypto as Partial<Crypto>).subtle !== undefined,
    privateStorage: (navigator.storage as Partial<StorageManager> | undefined)?.getDirectory !== undefined,
    browser: browserOf(navigator),
    pageVersion: sdkVersion,
    test: { state: 'none' },
  };
}

/** Signed by the test: whoever finds it sees what it is. */
function testText(): Uint8Array<ArrayBuffer> {
  const text =
    `BidSeal: test signature of the bridge check at ${location.origin}, ${new Date().toISOString()}.\n` +
    'It shows that the UKey works and declares nothing.\n' +
    'BidSeal 桥接程序检查的测试签名，仅用于确认 UKey 可用，不表示任何意思。\n';
  return new TextEncoder().encode(text);
}

async function tokensOf(client: BridgeClient): Promise<TokenFacts[]> {
  const { tokens } = await client.request('tokens.list', {});
  return tokens.map(({ pin_state: pinState, retries_left: left, retries_max: max, default_pin: defaultPin }) => ({
    pinState,
    defaultPin,
    ...(left === undefined ? {} : { retriesLeft: left }),
    ...(max === undefined ? {} : { retriesMax: max }),
  }));
}

/** The check of this page, while its component lives. */
export function useDoctor(): Doctor {
  const facts = shallowRef<Facts>(firstFacts());
  const busy = ref(false);
  const stage = ref<KeyStage>();
  let gone = false;
  let stop: AbortController | undefined;
  /** What the client told since the look began. */
  let told: BridgeStatus[] = [];

  async function look(client: BridgeClient): Promise<void> {
    const diagnosis = await client.diagnose();
    const { state } = diagnosis.status;
    const before = facts.value;
    const next: Facts = { ...before, diagnosis };
    delete next.tokens;
    delete next.keys;
    if (['no_token', 'pin_low', 'pin_blocked', 'ready'].includes(state)) {
      try {
        next.tokens = await tokensOf(client);
        next.keys = await listKeys();
      } catch {
        // Pulled out, or ended, between two questions: the next look tells.
      }
    }
    if (!gone) facts.value = { ...next, test: facts.value.test };
  }

  /** Until nothing has changed while it looked. */
  async function run(ask: boolean): Promise<void> {
    if (busy.value) return;
    busy.value = true;
    try {
      const client = await bridgeClient();
      if (ask) await client.connect();
      do {
        told = [];
        await look(client);
        // The look's own answer is told too; anything after it is news.
      } while (!gone && told.length > 0 && told.at(-1) !== facts.value.diagnosis?.status);
    } finally {
      busy.value = false;
    }
  }

  async function sign(key: KeyFacts): Promise<void> {
    const keep = (test: Facts['test']): void => {
      facts.value = { ...facts.value, test };
    };
    stop = new AbortController();
    keep({ state: 'running' });
    const options = { signal: stop.signal, attempts: 1, onStage: (now: KeyStage) => (stage.value = now) };
    const started = performance.now();
    try {
      const document = { name: 'BidSeal test 测试', content: testText() };
      await (await bridgeKeys()).signDocuments(key.entry.keyId, [document], options);
      keep({ state: 'works', seconds: (performance.now() - started) / 1000, algorithm: key.entry.signing?.keyKind ?? '' });
    } catch (failure) {
      const { code, retriesLeft } = asError(failure);
      keep({ state: 'failed', code, ...(retriesLeft === undefined ? {} : { retriesLeft }) });
    } finally {
      stage.value = undefined;
      void run(false); // the tries left have changed after a wrong PIN
    }
  }

  let off = (): void => undefined;
  onScopeDispose(() => {
    gone = true;
    stop?.abort();
    off();
  });
  void bridgeClient().then((client) => {
    if (gone) return;
    off = client.onStatus((status) => {
      told.push(status);
      if (!busy.value) void run(false);
    });
    return run(false);
  });
  return { facts, busy: readonly(busy), stage: readonly(stage), connect: () => run(true), sign, cancel: () => stop?.abort() };
}
